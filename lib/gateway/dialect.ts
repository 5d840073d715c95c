import type { GatewayError } from "@/lib/core/errors";
import { isRecord } from "@/lib/core/is-record";
import { jsonMembers, setJsonMembers } from "@/lib/core/json-members";
import type { RawEvent } from "@/lib/core/sse";
import { anthropicTap, tapAnthropicMessage } from "@/lib/dialects/anthropic-tap";
import { responsesTap, tapResponse } from "@/lib/dialects/responses-tap";
import { anthropicUsage, responsesUsage } from "@/lib/dialects/token-counts";
import { completionUsage, type UsageWords } from "@/lib/gateway/answer";
import type { CallerDialect } from "@/lib/gateway/endpoints";
import { renameModel } from "@/lib/gateway/rename-model";
import { anthropicErrorBody, errorBody, responsesErrorEvent } from "@/lib/gateway/render-error";
import { type StreamTap, streamTap, type Tapped, tapAnswer } from "@/lib/gateway/tap";

/** What differs between the APIs that callers speak, once the provider's answer is in the caller's own. */
export interface Dialect {
  /** The body of an error. */
  error: (error: GatewayError, requestId: string) => string;
  /** The usage of an answer that says none. */
  usage: UsageWords;
  /** Reads a whole answer. */
  tapWhole: (answer: Readonly<Record<string, unknown>>) => Tapped;
  /** Listens to a stream. */
  tapStream: () => StreamTap;
  stream: {
    /** An event with the caller's name for the model, where it names one; `value` is what its data says. */
    named: (event: RawEvent, value: Readonly<Record<string, unknown>> | null, model: string) => Uint8Array;
    /** The event that says that the stream broke off; `last` is what the event before it says, if any. */
    error: (error: GatewayError, requestId: string, last: Readonly<Record<string, unknown>> | null) => Uint8Array;
    /** What ends a stream after its last event; null: its last event does. */
    end: Uint8Array | null;
    /** Whether usage is an event of its own, only for who asked for it; else it always passes on as it came. */
    hasUsageChunk: boolean;
  };
}

function chatEvent(data: string): Uint8Array {
  return Buffer.from(`data: ${data}\n\n`);
}

/** An event's data with the caller's name for the model in its member `key`; null where it has no such member. */
function namedWithin(data: string, key: string, model: string): string | null {
  const member = jsonMembers(data).find((candidate) => candidate.key === key);
  if (!member) return null;
  const named = setJsonMembers(data.slice(member.valueStart, member.valueEnd), { model: JSON.stringify(model) });
  return data.slice(0, member.valueStart) + named + data.slice(member.valueEnd);
}

/** `message_start` is the one event that names the model, inside its message. */
function namedMessage(event: RawEvent, value: Readonly<Record<string, unknown>> | null, model: string): Uint8Array {
  if (value?.type !== "message_start" || event.data === null) return event.raw;
  const data = namedWithin(event.data, "message", model);
  return data === null ? event.raw : Buffer.from(`event: message_start\ndata: ${data}\n\n`);
}

/** The events at both ends of a stream name the model, inside its response. */
function namedResponse(event: RawEvent, value: Readonly<Record<string, unknown>> | null, model: string): Uint8Array {
  if (event.data === null || !isRecord(value?.response) || value.response.model === undefined) return event.raw;
  const data = namedWithin(event.data, "response", model);
  if (data === null) return event.raw;
  // The lines around the data stay as they came.
  const raw = event.raw.toString("utf8");
  const at = raw.indexOf(event.data);
  return Buffer.from(
    at === -1 ? `event: ${value.type}\ndata: ${data}\n\n` : raw.slice(0, at) + data + raw.slice(at + event.data.length),
  );
}

export const DIALECTS: Readonly<Record<CallerDialect, Dialect>> = {
  openai: {
    error: errorBody,
    usage: completionUsage,
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
    usage: anthropicUsage,
    tapWhole: tapAnthropicMessage,
    tapStream: anthropicTap,
    stream: {
      named: namedMessage,
      error: (error, requestId) => Buffer.from(`event: error\ndata: ${anthropicErrorBody(error, requestId)}\n\n`),
      end: null,
      hasUsageChunk: false,
    },
  },
  responses: {
    error: errorBody,
    usage: responsesUsage,
    tapWhole: tapResponse,
    tapStream: responsesTap,
    stream: {
      named: namedResponse,
      error: (error, _requestId, last) => Buffer.from(`event: error\ndata: ${responsesErrorEvent(error, last)}\n\n`),
      end: null,
      hasUsageChunk: false,
    },
  },
};
