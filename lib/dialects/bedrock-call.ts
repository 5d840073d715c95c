import type {
  JSONObject,
  LanguageModelV3CallOptions,
  LanguageModelV3Message,
  LanguageModelV3ToolResultPart,
  SharedV3ProviderOptions,
} from "@ai-sdk/provider";
import { isRecord } from "@/lib/core/is-record";
import { claudePrompt, refuseJsonWithoutSchema, thinkingOf } from "@/lib/dialects/anthropic-call";
import type { DecodedCall } from "@/lib/dialects/decoded-call";
import { effortOf, saidAsError } from "@/lib/dialects/openai-compatible-call";
import { redactedDataOf, signatureOf } from "@/lib/dialects/provider-metadata";
import { untranslatable } from "@/lib/dialects/untranslatable";

/** What has to be known of a model at Bedrock. */
export interface BedrockTarget {
  /** The name of a model or of an inference profile: `global.anthropic.claude-…`, `amazon.nova-lite-v1:0`. */
  model: string;
  /** Whether how much it thinks can be told. */
  reasons: boolean;
}

const CLAUDE = /(?:^|\.)anthropic\./;
const GPT_OSS = /(?:^|\.)openai\.gpt-oss-/;
/** Models that keep prompts in a cache; others refuse a mark (AWS, "Prompt caching for faster model inference"). */
const CACHES = /(?:^|\.)(?:anthropic|amazon\.nova)[.-]/;
/** How long a model can keep them: not at all, for minutes, or also for an hour, as Claude does from 4.5 on. */
type Keeps = "nothing" | "minutes" | "hours";

function keepsOf(model: string): Keeps {
  if (!CACHES.test(model)) return "nothing";
  return CLAUDE.test(model) ? "hours" : "minutes";
}

/** The mark as Bedrock has it; null where there is none, or the model keeps nothing. */
function cachePoint(options: SharedV3ProviderOptions | undefined, keeps: Keeps): JSONObject | null {
  const mark = options?.anthropic?.cacheControl;
  if (mark === undefined || keeps === "nothing") return null;
  const isHour = keeps === "hours" && isRecord(mark) && mark.ttl === "1h";
  return { type: "default", ...(isHour ? { ttl: "1h" } : {}) };
}

/** What was said to the AI SDK's Anthropic provider, said to its Bedrock provider. */
function withOwnOptions<Part extends { providerOptions?: SharedV3ProviderOptions }>(part: Part, keeps: Keeps): Part {
  const signature = signatureOf(part.providerOptions);
  const redactedContent = redactedDataOf(part.providerOptions);
  const point = cachePoint(part.providerOptions, keeps);
  if (signature === null && redactedContent === null && point === null) return part;
  const bedrock: JSONObject = {
    ...(signature === null ? {} : { signature }),
    ...(redactedContent === null ? {} : { redactedContent }),
    ...(point === null ? {} : { cachePoint: point }),
  };
  return { ...part, providerOptions: { bedrock } };
}

/** The AI SDK says of a tool's result nowhere that it is an error, so its words have to. */
function toolResult(part: LanguageModelV3ToolResultPart): LanguageModelV3ToolResultPart {
  return part.output.type === "error-text"
    ? { ...part, output: { type: "text", value: saidAsError(part.output.value) } }
    : part;
}

function fitMessage(message: LanguageModelV3Message, keeps: Keeps): LanguageModelV3Message {
  switch (message.role) {
    case "system":
      return withOwnOptions(message, keeps);
    case "user":
      for (const part of message.content) {
        if (part.type === "file" && part.data instanceof URL)
          throw untranslatable("messages", "it fetches nothing from an address; send images and files as data.");
      }
      return { ...message, content: message.content.map((part) => withOwnOptions(part, keeps)) };
    case "assistant":
      return { ...message, content: message.content.map((part) => withOwnOptions(part, keeps)) };
    case "tool":
      return {
        ...message,
        content: message.content.map((part) =>
          part.type === "tool-result" ? withOwnOptions(toolResult(part), keeps) : part,
        ),
      };
    default:
      return message satisfies never;
  }
}

/** What differs between the makers of models, beyond what Converse has one word for. */
interface OwnWords {
  options: JSONObject;
  /** Tokens that the AI SDK adds to the maximum for thinking. */
  budget: number;
}

function wordsForClaude({ options, reasoning }: DecodedCall, { model }: BedrockTarget, most: number): OwnWords {
  const {
    options: { thinking, effort },
    budget,
  } = thinkingOf(reasoning, model, most);
  const isOff = reasoning?.kind === "off";
  const additional: JSONObject = {
    ...(options.topK === undefined ? {} : { top_k: options.topK }),
    // The AI SDK has no word for it, and later models think unless they are told.
    ...(isOff ? { thinking: { type: "disabled" } } : {}),
  };
  return {
    budget,
    options: {
      ...(thinking && !isOff
        ? { reasoningConfig: { ...thinking, ...(effort === undefined ? {} : { maxReasoningEffort: effort }) } }
        : {}),
      ...(Object.keys(additional).length > 0 ? { additionalModelRequestFields: additional } : {}),
    },
  };
}

/** gpt-oss thinks low, medium or high. */
const GPT_OSS_EFFORT = {
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
  max: "high",
} as const;

function wordsForOthers({ options, reasoning }: DecodedCall, target: BedrockTarget): OwnWords {
  if (options.topK !== undefined) throw untranslatable("top_k", "it has no such setting.");
  const effort = GPT_OSS.test(target.model) ? effortOf(reasoning, target) : undefined;
  return {
    budget: 0,
    options: effort === undefined ? {} : { reasoningConfig: { maxReasoningEffort: GPT_OSS_EFFORT[effort] } },
  };
}

/** Whether the caller wants one tool called at a time, in the words of either dialect. */
function wantsOneTool({ providerOptions, tools }: LanguageModelV3CallOptions): boolean {
  if (!tools?.length) return false;
  return (
    providerOptions?.anthropic?.disableParallelToolUse === true ||
    providerOptions?.openaiCompatible?.parallel_tool_calls === false
  );
}

/**
 * A decoded call as the AI SDK's provider for Amazon Bedrock has to be told it. `maxOutputTokens` is the most that the
 * answer may have, its thinking included. It is always sent, so that the hold stays an upper bound.
 * @throws GatewayError invalid_body for what Bedrock, or the model there, has no word for.
 */
export function bedrockCall(
  call: DecodedCall,
  target: BedrockTarget,
  maxOutputTokens: number,
): LanguageModelV3CallOptions {
  const { options } = call;
  refuseJsonWithoutSchema(options);
  if (options.responseFormat?.type === "json" && options.toolChoice && options.toolChoice.type !== "auto")
    throw untranslatable("tool_choice", "beside a JSON schema it chooses among the tools by itself.");
  const isClaude = CLAUDE.test(target.model);
  const oneTool = wantsOneTool(options);
  if (oneTool && !isClaude) throw untranslatable("parallel_tool_calls", "it may call several tools at once.");
  const words = isClaude ? wordsForClaude(call, target, maxOutputTokens) : wordsForOthers(call, target);
  const keeps = keepsOf(target.model);
  // 1 is what Claude means without a word; later ones take no word.
  const unlessOne = (value: number | undefined) => (isClaude && value === 1 ? undefined : value);
  return {
    ...options,
    prompt: claudePrompt(options.prompt).map((message) => fitMessage(message, keeps)),
    maxOutputTokens: maxOutputTokens - words.budget,
    temperature: unlessOne(options.temperature),
    topP: unlessOne(options.topP),
    topK: undefined,
    providerOptions: {
      bedrock: words.options,
      ...(oneTool ? { anthropic: { disableParallelToolUse: true } } : {}),
    },
  };
}
