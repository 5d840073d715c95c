import { openAiCompatible } from "@/lib/providers/openai-compatible";

/**
 * Azure OpenAI through its v1 surface, which takes no `api-version`
 * (learn.microsoft.com/azure/foundry/openai/api-version-lifecycle). Each resource has an address of its own,
 * `https://<resource>.openai.azure.com/openai/v1`, and models go by the names of its deployments. That surface has the
 * Responses API as well (learn.microsoft.com/azure/foundry/openai/how-to/responses).
 */
export const azure = openAiCompatible({
  id: "azure",
  name: "Azure OpenAI",
  baseUrl: null,
  baseUrlExample: "https://<resource>.openai.azure.com/openai/v1",
  keyPrefix: null,
  keyHeader: "api-key",
  maxTokensField: "max_completion_tokens",
  hasResponses: true,
});
