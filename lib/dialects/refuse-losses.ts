import { type LanguageModelV3CallOptions, type SharedV3Warning, UnsupportedFunctionalityError } from "@ai-sdk/provider";
import { untranslatable } from "@/lib/dialects/untranslatable";
import { type Upstream, type UpstreamDialect, upstreamModel } from "@/lib/dialects/upstream-model";

/** The least that is an answer. */
const EMPTY_ANSWERS: Readonly<Record<UpstreamDialect, string>> = {
  anthropic: JSON.stringify({
    id: "none",
    type: "message",
    role: "assistant",
    model: "none",
    content: [],
    stop_reason: "end_turn",
    usage: { input_tokens: 0, output_tokens: 0 },
  }),
  bedrock: JSON.stringify({
    output: { message: { role: "assistant", content: [] } },
    stopReason: "end_turn",
    usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0 },
  }),
  "openai-compatible": JSON.stringify({
    choices: [{ message: { role: "assistant", content: "" }, finish_reason: "stop" }],
  }),
};

/** What the caller called the things that the AI SDK names; both dialects' own words are used where they differ. */
const FIELDS: Readonly<Record<string, string>> = {
  topP: "top_p",
  topK: "top_k",
  frequencyPenalty: "frequency_penalty",
  presencePenalty: "presence_penalty",
  responseFormat: "response_format",
  toolChoice: "tool_choice",
  strict: "tools",
  toolContent: "tools",
  "providerOptions.anthropic.thinking": "reasoning_effort",
  "providerOptions.anthropic.effort": "reasoning_effort",
};

/**
 * Marks for a cache change what an answer costs and how soon it comes, not what it says; and a maximum above what the
 * model can give takes nothing away when it is lowered.
 */
const isNoLoss = (feature: string) => /^cache_?control\b/i.test(feature) || feature === "maxOutputTokens";

/** What the AI SDK says it would do about it is not done. */
function reasonIn(details: string | undefined): string {
  if (!details) return "it has no such setting.";
  const [first = details] = details.split(/\.\s/);
  return `${first.replace(/ and will be ignored\.?$/, "").replace(/\.$/, "")}.`;
}

function refuse(warning: SharedV3Warning): void {
  switch (warning.type) {
    case "unsupported":
      if (isNoLoss(warning.feature)) return;
      throw untranslatable(FIELDS[warning.feature] ?? warning.feature, reasonIn(warning.details));
    case "other":
      throw untranslatable("messages", reasonIn(warning.message));
    case "compatibility":
      return;
    default:
      warning satisfies never;
  }
}

/**
 * Refuses a call of which the AI SDK would leave something out. It says so only beside an answer, so it is asked with an
 * answer at hand: nothing is sent.
 * @throws GatewayError invalid_body, naming the field.
 */
export async function refuseLosses(
  upstream: Pick<Upstream, "dialect" | "model">,
  options: LanguageModelV3CallOptions,
): Promise<void> {
  const answer = EMPTY_ANSWERS[upstream.dialect];
  const model = upstreamModel({
    ...upstream,
    baseUrl: "http://localhost",
    key: "none",
    maxTokensField: "max_tokens",
    fetch: async () => new Response(answer, { headers: { "content-type": "application/json" } }),
  });
  try {
    const { warnings } = await model.doGenerate(options);
    for (const warning of warnings) refuse(warning);
  } catch (error) {
    if (UnsupportedFunctionalityError.isInstance(error))
      throw untranslatable("messages", `it takes no ${error.functionality}.`);
    throw error;
  }
}
