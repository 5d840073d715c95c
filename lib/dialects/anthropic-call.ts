import type {
  JSONObject,
  LanguageModelV3CallOptions,
  LanguageModelV3Message,
  LanguageModelV3Prompt,
} from "@ai-sdk/provider";
import type { DecodedCall, Effort, Reasoning } from "@/lib/dialects/decoded-call";
import { redactedDataOf, signatureOf } from "@/lib/dialects/provider-metadata";
import { untranslatable } from "@/lib/dialects/untranslatable";

/** Claude models before 4.6 think within a budget of tokens; later ones as much as an effort tells (Anthropic, "Adaptive thinking"). */
const THINKS_WITHIN_BUDGET = /claude-(?:3|(?:opus|sonnet)-4-(?:0|1|5|20\d{6})(?:\D|$)|haiku-4)/;
/** The least budget that Anthropic takes (Anthropic, "Extended thinking"). */
const LEAST_BUDGET = 1_024;
/** Of the answer's tokens, the part that may be thought (OpenRouter, "Reasoning tokens"). */
const BUDGET_PERCENT: Readonly<Record<Effort, number>> = {
  minimal: 10,
  low: 20,
  medium: 50,
  high: 80,
  xhigh: 95,
  max: 95,
};
/** OpenAI's least effort is Anthropic's least. */
const EFFORT: Readonly<Record<Effort, string>> = {
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "xhigh",
  max: "max",
};

interface Thinking {
  /** The AI SDK's options for Anthropic: `thinking` and, beside it, `effort`. */
  options: { thinking?: JSONObject; effort?: string };
  /** Tokens that the AI SDK adds to the maximum for it. */
  budget: number;
}

/**
 * What was asked for of thinking, as Claude has to be told it.
 * @throws GatewayError invalid_body where the maximum leaves no room to think.
 */
export function thinkingOf(reasoning: Reasoning | null, model: string, maxOutputTokens: number): Thinking {
  if (reasoning === null) return { options: {}, budget: 0 };
  if (reasoning.kind === "off") return { options: { thinking: { type: "disabled" } }, budget: 0 };
  if (!THINKS_WITHIN_BUDGET.test(model)) {
    if (reasoning.kind === "budget" && reasoning.tokens !== null)
      throw untranslatable("reasoning.max_tokens", "it thinks as much as an effort tells; send 'reasoning_effort'.");
    const effort = reasoning.kind === "effort" ? { effort: EFFORT[reasoning.effort] } : {};
    // Without a word about it, later models keep their thinking to themselves.
    return { options: { thinking: { type: "adaptive", display: "summarized" }, ...effort }, budget: 0 };
  }
  const wanted =
    reasoning.kind === "effort"
      ? Math.floor((maxOutputTokens * BUDGET_PERCENT[reasoning.effort]) / 100)
      : (reasoning.tokens ?? maxOutputTokens);
  const budget = Math.max(LEAST_BUDGET, Math.min(wanted, maxOutputTokens - 1));
  if (budget >= maxOutputTokens)
    throw untranslatable(
      "reasoning_effort",
      `to think, it needs a maximum of more than ${LEAST_BUDGET} tokens; this request allows ${maxOutputTokens}.`,
    );
  return { options: { thinking: { type: "enabled", budgetTokens: budget } }, budget };
}

/** Anthropic takes letters, digits, _ and - in the ids of calls; other providers' ids have more. A call and its result keep the same one. */
function safeId(id: string): string {
  return id.replace(/[^A-Za-z0-9-]/g, (character) =>
    character === "_" ? "_" : `_${character.codePointAt(0)?.toString(16) ?? ""}_`,
  );
}

function fitMessage(message: LanguageModelV3Message): LanguageModelV3Message | null {
  switch (message.role) {
    case "assistant": {
      // Anthropic takes back only what it has signed, and no empty text. Thinking of earlier turns is no part of a conversation.
      const content = message.content
        .filter(
          (part) =>
            part.type !== "reasoning" ||
            signatureOf(part.providerOptions) !== null ||
            redactedDataOf(part.providerOptions) !== null,
        )
        .map((part) => (part.type === "tool-call" ? { ...part, toolCallId: safeId(part.toolCallId) } : part));
      return content.length > 0 ? { ...message, content } : null;
    }
    case "tool":
      return {
        ...message,
        content: message.content.map((part) =>
          part.type === "tool-result" ? { ...part, toolCallId: safeId(part.toolCallId) } : part,
        ),
      };
    case "system":
    case "user":
      return message;
    default:
      return message satisfies never;
  }
}

/**
 * All instructions come first: most of Anthropic's models take none in the midst of a conversation, and Anthropic's own
 * door for OpenAI's clients does the same (Anthropic, "OpenAI SDK compatibility").
 */
export function claudePrompt(prompt: LanguageModelV3Prompt): LanguageModelV3Prompt {
  const isInstruction = ({ role }: LanguageModelV3Message) => role === "system";
  const rest = prompt.filter((message) => !isInstruction(message));
  return [...prompt.filter(isInstruction), ...rest.flatMap((message) => fitMessage(message) ?? [])];
}

/** @throws GatewayError invalid_body where JSON is asked for and its shape is not told: there is no word for that. */
export function refuseJsonWithoutSchema({ responseFormat }: LanguageModelV3CallOptions): void {
  if (responseFormat?.type === "json" && !responseFormat.schema)
    throw untranslatable("response_format", "JSON is given by a schema only; send one as 'json_schema'.");
}

/**
 * A decoded call as the AI SDK's Anthropic provider has to be told it. `maxOutputTokens` is the most that the answer may
 * have, its thinking included: Anthropic wants a maximum, and the AI SDK would add the thinking's budget to it.
 * @throws GatewayError invalid_body for what Anthropic has no word for.
 */
export function anthropicCall(call: DecodedCall, model: string, maxOutputTokens: number): LanguageModelV3CallOptions {
  const { options } = call;
  refuseJsonWithoutSchema(options);
  const thinking = thinkingOf(call.reasoning, model, maxOutputTokens);
  const isForced = options.toolChoice !== undefined && options.toolChoice.type !== "auto";
  return {
    ...options,
    prompt: claudePrompt(options.prompt),
    maxOutputTokens: maxOutputTokens - thinking.budget,
    // 1 is what both mean without a word; Anthropic's later models take no word.
    temperature: options.temperature === 1 ? undefined : options.temperature,
    topP: options.topP === 1 ? undefined : options.topP,
    providerOptions: {
      anthropic: {
        ...options.providerOptions?.anthropic,
        ...thinking.options,
        // Arguments come as the model makes them, but as JSON that holds.
        toolStreaming: false,
        // The way round, by a tool of its own, would override the caller's choice of tools.
        ...(isForced && options.responseFormat?.type === "json" ? { structuredOutputMode: "outputFormat" } : {}),
      },
    },
  };
}
