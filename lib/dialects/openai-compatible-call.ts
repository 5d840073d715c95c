import type {
  JSONObject,
  LanguageModelV3CallOptions,
  LanguageModelV3FilePart,
  LanguageModelV3Message,
  LanguageModelV3Prompt,
  LanguageModelV3TextPart,
  LanguageModelV3ToolResultPart,
} from "@ai-sdk/provider";
import type { DecodedCall, Effort, Reasoning } from "@/lib/dialects/decoded-call";
import { untranslatable } from "@/lib/dialects/untranslatable";

/** What has to be known of a model behind OpenAI's dialect. */
export interface OpenAiCompatibleModel {
  /** Whether it reasons, and so knows `reasoning_effort`. */
  reasons: boolean;
  /** Whether it wants its reasoning back within a turn (DeepSeek, Moonshot); OpenAI and others refuse it. */
  wantsReasoningBack: boolean;
}

/** Budgets up to which an effort is meant: where other gateways draw the line too. */
const LOW_BUDGET = 4_096;
const MEDIUM_BUDGET = 16_384;

/** How much thinking was asked for; undefined leaves it to the model. A budget is a leave to think, which a model that does not need not take. */
export function effortOf(
  reasoning: Reasoning | null,
  { reasons }: Pick<OpenAiCompatibleModel, "reasons">,
): Effort | undefined {
  if (!reasons || reasoning === null || reasoning.kind === "off") return undefined;
  // The dialect's own scale ends with "xhigh".
  if (reasoning.kind === "effort") return reasoning.effort === "max" ? "xhigh" : reasoning.effort;
  if (reasoning.tokens === null) return undefined;
  if (reasoning.tokens <= LOW_BUDGET) return "low";
  return reasoning.tokens <= MEDIUM_BUDGET ? "medium" : "high";
}

function media(part: LanguageModelV3ToolResultPart): LanguageModelV3FilePart[] {
  if (part.output.type !== "content") return [];
  return part.output.value.flatMap((item): LanguageModelV3FilePart[] => {
    switch (item.type) {
      case "image-data":
      case "file-data":
        return [
          {
            type: "file",
            data: item.data,
            mediaType: item.mediaType,
            ...("filename" in item && item.filename ? { filename: item.filename } : {}),
          },
        ];
      case "image-url":
        return [{ type: "file", data: new URL(item.url), mediaType: "image/*" }];
      default:
        return [];
    }
  });
}

/** What a tool said went wrong, for those who have nothing but its words to tell that by. */
export function saidAsError(text: string): string {
  return /^\W*error/i.test(text) ? text : `Error: ${text}`;
}

/** A tool's result as text: the dialect has nothing else for it, and says in words that something went wrong. */
function asText(part: LanguageModelV3ToolResultPart): LanguageModelV3ToolResultPart {
  const { output } = part;
  switch (output.type) {
    case "error-text":
      return { ...part, output: { type: "text", value: saidAsError(output.value) } };
    case "content": {
      const texts = output.value.flatMap((item) => (item.type === "text" ? [item.text] : []));
      const attached = output.value.length - texts.length;
      const pointer = attached > 0 ? [`(${attached} attached to the next message)`] : [];
      return { ...part, output: { type: "text", value: [...texts, ...pointer].join("\n") } };
    }
    default:
      return part;
  }
}

/** Images and files of tool results go into a message of the user's right after them. */
function attachments(results: readonly LanguageModelV3ToolResultPart[]): LanguageModelV3Message[] {
  const content = results.flatMap((result): (LanguageModelV3TextPart | LanguageModelV3FilePart)[] => {
    const files = media(result);
    if (files.length === 0) return [];
    return [{ type: "text", text: `Result of ${result.toolName} (${result.toolCallId}):` }, ...files];
  });
  return content.length > 0 ? [{ role: "user", content }] : [];
}

function fitPrompt(prompt: LanguageModelV3Prompt, model: OpenAiCompatibleModel): LanguageModelV3Prompt {
  const firstOther = prompt.findIndex(({ role }) => role !== "system");
  const head = prompt.slice(0, firstOther === -1 ? prompt.length : firstOther);
  const instructions = head.flatMap((message) => (message.role === "system" ? [message.content] : []));
  // Many models know one system message only.
  const system: LanguageModelV3Message[] =
    instructions.length > 0 ? [{ role: "system", content: instructions.join("\n\n") }] : [];
  const rest = prompt.slice(head.length).flatMap((message): LanguageModelV3Message[] => {
    switch (message.role) {
      case "tool": {
        const results = message.content.filter((part) => part.type === "tool-result");
        return [{ ...message, content: results.map(asText) }, ...attachments(results)];
      }
      case "assistant": {
        const content = message.content.filter(({ type }) => type !== "reasoning" || model.wantsReasoningBack);
        return content.length > 0 ? [{ ...message, content }] : [];
      }
      default:
        return [message];
    }
  });
  return [...system, ...rest];
}

/**
 * A decoded call as the AI SDK's OpenAI-compatible provider has to be told it.
 * @throws GatewayError invalid_body for what the dialect has no word for.
 */
export function openAiCompatibleCall(call: DecodedCall, model: OpenAiCompatibleModel): LanguageModelV3CallOptions {
  const { options } = call;
  if (options.prompt.at(-1)?.role === "assistant")
    throw untranslatable(
      "messages",
      "it cannot go on with an answer that was begun; end with a message of the user's.",
    );
  const effort = effortOf(call.reasoning, model);
  const own: JSONObject = {
    ...options.providerOptions?.openaiCompatible,
    ...(effort === undefined ? {} : { reasoningEffort: effort }),
    // A schema of Anthropic's dialect is kept to by whoever takes it; OpenAI's strict mode takes fewer schemas.
    ...(options.responseFormat?.type === "json" ? { strictJsonSchema: false } : {}),
  };
  return {
    ...options,
    prompt: fitPrompt(options.prompt, model),
    providerOptions: Object.keys(own).length > 0 ? { openaiCompatible: own } : undefined,
  };
}
