import type {
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
  SharedV3ProviderMetadata,
} from "@ai-sdk/provider";
import { openAiFinishReason } from "@/lib/dialects/finish-reason";
import { redactedDataOf, refusalOf, signatureOf } from "@/lib/dialects/provider-metadata";
import { openAiUsage, tokenCounts } from "@/lib/dialects/token-counts";
import { type Complaint, complaintOf } from "@/lib/dialects/upstream-error";

/** What stands around an answer. */
export interface AnswerFrame {
  /** In the form of the caller's dialect: `chatcmpl-…`, `msg_…`. */
  id: string;
  /** Seconds since 1970. */
  created: number;
  /** The model's name as the caller wrote it. */
  model: string;
}

/** Reasoning in OpenRouter's form: whole blocks, which the provider takes back as long as nothing in them changes. */
interface ReasoningDetail {
  type: "reasoning.text" | "reasoning.encrypted";
  index: number;
  format: "anthropic-claude-v1";
  text?: string;
  signature?: string;
  data?: string;
}

function detailOf(index: number, text: string, metadata: SharedV3ProviderMetadata | undefined): ReasoningDetail | null {
  const data = redactedDataOf(metadata);
  if (data !== null) return { type: "reasoning.encrypted", index, format: "anthropic-claude-v1", data };
  const signature = signatureOf(metadata);
  return signature === null ? null : { type: "reasoning.text", index, format: "anthropic-claude-v1", text, signature };
}

function usageOf(usage: LanguageModelV3Usage) {
  const counts = tokenCounts(usage);
  return counts === null ? null : openAiUsage(counts);
}

/** A whole answer as OpenAI's chat completion. */
export function chatCompletion(result: LanguageModelV3GenerateResult, frame: AnswerFrame) {
  let text = "";
  let reasoning = "";
  const details: ReasoningDetail[] = [];
  const calls = [];
  for (const part of result.content) {
    if (part.type === "text") text += part.text;
    else if (part.type === "reasoning") {
      reasoning += part.text;
      const detail = detailOf(details.length, part.text, part.providerMetadata);
      if (detail) details.push(detail);
    } else if (part.type === "tool-call" && !part.providerExecuted)
      calls.push({
        id: part.toolCallId,
        type: "function",
        function: { name: part.toolName, arguments: part.input === "" ? "{}" : part.input },
      });
    // Files, sources and the results of a provider's own tools cannot be asked for in this dialect.
  }
  const usage = usageOf(result.usage);
  return {
    id: frame.id,
    object: "chat.completion",
    created: frame.created,
    model: frame.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text === "" && (calls.length > 0 || refusalOf(result.providerMetadata) !== null) ? null : text,
          refusal: refusalOf(result.providerMetadata),
          ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
          ...(details.length > 0 ? { reasoning_details: details } : {}),
          ...(calls.length > 0 ? { tool_calls: calls } : {}),
        },
        logprobs: null,
        finish_reason: openAiFinishReason(result.finishReason, calls.length > 0),
      },
    ],
    ...(usage === null ? {} : { usage }),
  };
}

interface CallInFlight {
  index: number;
  /** Whether any of its arguments have been sent. */
  hasArguments: boolean;
}

/**
 * A stream as OpenAI's chat completion chunks, in the order of the stream; with `wantsUsage` the last one holds the usage.
 * A provider's error becomes the last event; a stream that ends before its end just ends, without a finish reason.
 */
export async function* chatCompletionChunks(
  parts: AsyncIterable<LanguageModelV3StreamPart>,
  frame: AnswerFrame,
  wantsUsage: boolean,
): AsyncGenerator<object> {
  const head = { id: frame.id, object: "chat.completion.chunk", created: frame.created, model: frame.model };
  const chunk = (delta: object, finishReason: string | null = null) => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...(wantsUsage ? { usage: null } : {}),
  });
  const argumentsChunk = (call: CallInFlight, text: string) => {
    call.hasArguments = true;
    return chunk({ tool_calls: [{ index: call.index, function: { arguments: text } }] });
  };
  const calls = new Map<string, CallInFlight>();
  const thoughts = new Map<string, { text: string; metadata: SharedV3ProviderMetadata }>();
  let details = 0;
  const startCall = (id: string, name: string) => {
    const call = { index: calls.size, hasArguments: false };
    calls.set(id, call);
    return {
      call,
      event: chunk({ tool_calls: [{ index: call.index, id, type: "function", function: { name, arguments: "" } }] }),
    };
  };

  let isOpen = false;
  for await (const part of parts) {
    // Not before the provider has said something: until then another one can be asked.
    if (!isOpen && part.type !== "stream-start" && part.type !== "raw" && part.type !== "error") {
      isOpen = true;
      yield chunk({ role: "assistant", content: "" });
    }
    switch (part.type) {
      case "text-delta":
        if (part.delta !== "") yield chunk({ content: part.delta });
        break;
      case "reasoning-start":
        thoughts.set(part.id, { text: "", metadata: part.providerMetadata ?? {} });
        break;
      case "reasoning-delta": {
        const thought = thoughts.get(part.id);
        if (thought) {
          thought.text += part.delta;
          thought.metadata = { ...thought.metadata, ...part.providerMetadata };
        }
        if (part.delta !== "") yield chunk({ reasoning_content: part.delta });
        break;
      }
      case "reasoning-end": {
        const thought = thoughts.get(part.id);
        const detail = thought
          ? detailOf(details, thought.text, { ...thought.metadata, ...part.providerMetadata })
          : null;
        thoughts.delete(part.id);
        if (!detail) break;
        details += 1;
        yield chunk({ reasoning_details: [detail] });
        break;
      }
      case "tool-input-start":
        if (!part.providerExecuted) yield startCall(part.id, part.toolName).event;
        break;
      case "tool-input-delta": {
        const call = calls.get(part.id);
        if (call && part.delta !== "") yield argumentsChunk(call, part.delta);
        break;
      }
      case "tool-call": {
        if (part.providerExecuted) break;
        let call = calls.get(part.toolCallId);
        if (!call) {
          const started = startCall(part.toolCallId, part.toolName);
          call = started.call;
          yield started.event;
        }
        if (!call.hasArguments) yield argumentsChunk(call, part.input === "" ? "{}" : part.input);
        break;
      }
      case "error":
        yield { error: openAiError(complaintOf(part.error)) };
        return;
      case "finish": {
        const refusal = refusalOf(part.providerMetadata);
        if (refusal !== null) yield chunk({ refusal });
        yield chunk({}, openAiFinishReason(part.finishReason, calls.size > 0));
        const usage = usageOf(part.usage);
        if (wantsUsage && usage !== null) yield { ...head, choices: [], usage };
        return;
      }
      case "stream-start":
      case "response-metadata":
      case "text-start":
      case "text-end":
      case "tool-input-end":
      // Files, sources and the results of a provider's own tools cannot be asked for in this dialect.
      case "file":
      case "source":
      case "tool-result":
      case "tool-approval-request":
      case "raw":
        break;
      default:
        part satisfies never;
    }
  }
}

/** A provider's complaint as OpenAI words it. */
export function openAiError({ message, type, code, param }: Complaint) {
  return { message, type: type ?? "upstream_error", param, code };
}
