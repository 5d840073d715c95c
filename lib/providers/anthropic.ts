import { httpProvider } from "@/lib/providers/http-provider";

/** Anthropic through its own messages API (docs.anthropic.com/en/api/messages); there is one `anthropic-version` yet. */
export const anthropic = httpProvider({
  id: "anthropic",
  name: "Anthropic",
  dialect: "anthropic",
  baseUrl: "https://api.anthropic.com/v1",
  baseUrlExample: null,
  keyHeader: "x-api-key",
  headers: { "anthropic-version": "2023-06-01" },
  needsKey: true,
  keyPrefix: "sk-ant-",
  maxTokensField: "max_tokens",
  takesStreamOptions: false,
  wantsReasoningBack: true,
  hasResponses: false,
});
