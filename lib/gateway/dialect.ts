import type { GatewayError } from "@/lib/core/errors";
import { jsonMembers, setJsonMembers } from "@/lib/core/json-members";
import type { RawEvent } from "@/lib/core/sse";
import { anthropicTap, tapAnthropicMessage } from "@/lib/dialects/anthropic-tap";
import { renameModel } from "@/lib/gateway/rename-model";
import { anthropicErrorBody, errorBody } from "@/lib/gateway/render-error";
import { type StreamTap, streamTap, type Tapped, tapAnswer } from "@/lib/gateway/tap";
import type { Provider } from "@/lib/providers/provider";

/** What differs between the APIs that callers speak, once the provider's answer is in the caller's own. */
export interface Dialect {
  /** The body of an error. */
  error: (error: GatewayError, requestId: string) => string;
  /** Reads a whole answer. */
  tapWhole: (answer: Readonly<Record<string, unknown>>) => Tapped;
  /** Listens to a stream. */
  tapStream: () => StreamTap;
  stream: {
    /** An event with the caller's name for the model, where it names one; `value` is what its data says. */
    named: (event: RawEvent, value: Readonly<Record<string, unknown>> | null, model: string) => Uint8Array;
    /** The event that says that the stream broke off. */
    error: (error: GatewayError, requestId: string) => Uint8Array;
    /** What ends a stream after its last event; null: its last event does. */
    end: Uint8Array | null;
    /** Whether usage is an event of its own, only for who asked for it; else it always passes on as it came. */
    hasUsageChunk: boolean;
  };
}

function chatEvent(data: string): Uint8Array {
  return Buffer.from(`data: ${data}\n\n`);
}

/** `message_start` is the one event that names the model, inside its message. */
function namedMessage(event: RawEvent, value: Readonly<Record<string, unknown>> | null, model: string): Uint8Array {
  if (value?.type !== "message_start" || event.data === null) return event.raw;
  const message = jsonMembers(event.data).find(({ key }) => key === "message");
  if (!message) return event.raw;
  const named = setJsonMembers(event.data.slice(message.valueStart, message.valueEnd), {
    model: JSON.stringify(model),
  });
  const data = event.data.slice(0, message.valueStart) + named + event.data.slice(message.valueEnd);
  return Buffer.from(`event: message_start\ndata: ${data}\n\n`);
}

export const DIALECTS: Readonly<Record<Provider["dialect"], Dialect>> = {
  openai: {
    error: errorBody,
    tapWhole: tapAnswer,
    tapStream: streamTap,
    stream: {
      named: (event, value, model) =>
        value === null || value.model === undefined || value.model === model || event.data === null
          ? event.raw
          : chatEvent(renameModel(event.data, value.model, model)),
      error: (error) => chatEvent(errorBody(error)),
      end: chatEvent("[DONE]"),
      hasUsageChunk: true,
    },
  },
  anthropic: {
    error: anthropicErrorBody,
    tapWhole: tapAnthropicMessage,
    tapStream: anthropicTap,
    stream: {
      named: namedMessage,
      error: (error, requestId) => Buffer.from(`event: error\ndata: ${anthropicErrorBody(error, requestId)}\n\n`),
      end: null,
      hasUsageChunk: false,
    },
  },
};
