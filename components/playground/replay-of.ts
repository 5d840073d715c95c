import { z } from "zod";
import { type ChatMessage, NO_PARAMETERS, type ParameterFields } from "@/components/playground/chat-body";
import type { CapturedText } from "@/lib/usage/captured-text";

/** A call as the playground begins with it. */
export interface ReplayDraft {
  /** As the caller wrote it; empty where it named several, or none. */
  model: string;
  fields: ParameterFields;
  /** What was said before the message that is to be sent. */
  earlier: readonly ChatMessage[];
  /** The last message, where it was a person's. */
  prompt: string;
  /** Addresses of the pictures that go with it. */
  images: readonly string[];
}

const textPart = z.object({ type: z.literal("text"), text: z.string() });
const imagePart = z.object({ type: z.literal("image_url"), image_url: z.object({ url: z.string() }) });
const words = z.union([z.string(), z.array(textPart).transform((parts) => parts.map(({ text }) => text).join(""))]);

const toolCall = z.object({
  id: z.string(),
  type: z.literal("function"),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const message = z.discriminatedUnion("role", [
  z.object({ role: z.literal("system"), content: words }),
  z.object({ role: z.literal("developer"), content: words }),
  z.object({
    role: z.literal("user"),
    content: z.union([z.string(), z.array(z.discriminatedUnion("type", [textPart, imagePart]))]),
  }),
  z.object({
    role: z.literal("assistant"),
    content: words.nullish().transform((content) => content ?? null),
    tool_calls: z.array(toolCall).optional(),
  }),
  z.object({ role: z.literal("tool"), tool_call_id: z.string(), content: words }),
]);

const chat = z.looseObject({
  model: z.string().default(""),
  messages: z.array(message).min(1),
  temperature: z.number().nullish(),
  max_tokens: z.number().nullish(),
  max_completion_tokens: z.number().nullish(),
  tools: z.array(z.unknown()).nullish(),
});

/** Members that have a place of their own in the playground, or none: it streams one answer by itself. */
const TAKEN = new Set([...Object.keys(chat.shape), "stream", "stream_options", "n"]);

/** The instructions that a conversation begins with are the playground's system prompt. */
function apart(messages: readonly z.output<typeof message>[]): { system: string; rest: ChatMessage[] } {
  const isInstruction = ({ role }: z.output<typeof message>) => role === "system" || role === "developer";
  const first = messages.findIndex((one) => !isInstruction(one));
  const split = first === -1 ? messages.length : first;
  const said = messages.map((one): ChatMessage => {
    if (one.role === "developer") return { role: "system", content: one.content };
    if (one.role !== "assistant") return one;
    const { role, content, tool_calls: calls } = one;
    return { role, content, ...(calls === undefined ? {} : { tool_calls: calls }) };
  });
  return {
    system: said
      .slice(0, split)
      .map(({ content }) => (typeof content === "string" ? content : ""))
      .join("\n\n"),
    rest: said.slice(split),
  };
}

function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/**
 * What the playground begins with to send a call once more; else why it cannot, as a sentence.
 * @param endpoint of the receipt.
 */
export function replayOf(
  endpoint: string,
  { text, cut }: CapturedText,
): { ok: true; draft: ReplayDraft } | { ok: false; reason: string } {
  if (endpoint !== "chat/completions")
    return {
      ok: false,
      reason: `It cannot be replayed: the playground sends chats, and this was a call of ${endpoint}.`,
    };
  if (cut) return { ok: false, reason: "It cannot be replayed: only the beginning of the request was kept." };
  let sent: unknown;
  try {
    sent = JSON.parse(text);
  } catch {
    return { ok: false, reason: "It cannot be replayed: masking a credential left no whole JSON of the request." };
  }
  const read = chat.safeParse(sent);
  if (!read.success)
    return {
      ok: false,
      reason: "It cannot be replayed: it says more than the playground can, such as files or sound.",
    };
  const { model, messages, temperature, max_tokens: most, max_completion_tokens: newMost, tools } = read.data;
  const other = Object.entries(read.data).filter(([name]) => !TAKEN.has(name));
  const { system, rest } = apart(messages);
  const last = rest.at(-1);
  const parts =
    last?.role !== "user"
      ? []
      : typeof last.content === "string"
        ? [{ type: "text" as const, text: last.content }]
        : last.content;
  return {
    ok: true,
    draft: {
      model,
      fields: {
        ...NO_PARAMETERS,
        system,
        temperature: temperature == null ? "" : String(temperature),
        maxTokens: String(newMost ?? most ?? ""),
        tools: tools == null ? "" : pretty(tools),
        other: other.length === 0 ? "" : pretty(Object.fromEntries(other)),
      },
      earlier: last?.role === "user" ? rest.slice(0, -1) : rest,
      prompt: parts.flatMap((part) => (part.type === "text" ? part.text : [])).join("\n"),
      images: parts.flatMap((part) => (part.type === "image_url" ? part.image_url.url : [])),
    },
  };
}
