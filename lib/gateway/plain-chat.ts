import { isRecord } from "@/lib/core/is-record";

/** A chat's body, as far as it is looked into here. */
export interface PlainChat {
  model: string;
  messages: { role: string; content?: string | null }[];
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean | null } | null;
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  n?: number | null;
}

const isCount = (value: unknown, most: number): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === "number" && Number.isSafeInteger(value) && value >= 1 && value <= most);

const isFlag = (value: unknown): boolean => value === undefined || value === null || typeof value === "boolean";

function isPlainMessage(value: unknown): boolean {
  if (!isRecord(value) || typeof value.role !== "string") return false;
  return typeof value.content === "string" || value.content === undefined || value.content === null;
}

/**
 * Whether a body is surely what `ChatBody` takes, and all of its messages are texts: what most chats are, found out at a
 * tenth of the schema's price. False says nothing: the schema decides then.
 */
export function isPlainChat(value: unknown, mostChoices: number): value is PlainChat {
  if (!isRecord(value)) return false;
  const { model, messages, stream_options: options } = value;
  return (
    typeof model === "string" &&
    model !== "" &&
    Array.isArray(messages) &&
    messages.length > 0 &&
    messages.every(isPlainMessage) &&
    isFlag(value.stream) &&
    (options === undefined || options === null || (isRecord(options) && isFlag(options.include_usage))) &&
    isCount(value.max_tokens, Number.MAX_SAFE_INTEGER) &&
    isCount(value.max_completion_tokens, Number.MAX_SAFE_INTEGER) &&
    isCount(value.n, mostChoices)
  );
}
