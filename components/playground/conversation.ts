import type { ChatMessage } from "@/components/playground/chat-body";
import type { ChatAnswer } from "@/components/playground/stream-chat";

/** What was said in one turn, by the person or by their tools, and what the model answered. */
export interface Said {
  said: readonly ChatMessage[];
  answer: Pick<ChatAnswer, "text" | "toolCalls">;
}

/** A message of the person's, with pictures as data addresses. */
export function userMessage(prompt: string, images: readonly string[]): ChatMessage {
  if (images.length === 0) return { role: "user", content: prompt };
  return {
    role: "user",
    content: [
      ...(prompt.trim() === "" ? [] : [{ type: "text" as const, text: prompt }]),
      ...images.map((url) => ({ type: "image_url" as const, image_url: { url } })),
    ],
  };
}

/** What tools answered, in the order of the calls that ask for it. */
export function toolMessages(answer: Said["answer"], results: readonly string[]): ChatMessage[] {
  return answer.toolCalls.map(({ id }, index) => ({ role: "tool", tool_call_id: id, content: results[index] ?? "" }));
}

function assistantMessage({ text, toolCalls }: Said["answer"]): ChatMessage {
  return {
    role: "assistant",
    content: text === "" ? null : text,
    ...(toolCalls.length === 0
      ? {}
      : {
          tool_calls: toolCalls.map(({ id, name, arguments: given }) => ({
            id,
            type: "function" as const,
            function: { name, arguments: given },
          })),
        }),
  };
}

/**
 * What a model is told of the turns before the next one. `settled` ends with an answer in words, and the person may go on;
 * `open` is what stands beyond it where the last answer called tools, which wait for what they said. What failed, and calls
 * that nobody answered, are not told again: a provider refuses a call without its answer.
 */
export function toldMessages(turns: readonly Said[]): { settled: ChatMessage[]; open: ChatMessage[] } {
  const settled: ChatMessage[] = [];
  let open: ChatMessage[] = [];
  for (const { said, answer } of turns) {
    if (said[0]?.role !== "tool") open = [];
    if (answer.text === "" && answer.toolCalls.length === 0) {
      open = [];
      continue;
    }
    open = [...open, ...said, assistantMessage(answer)];
    if (answer.toolCalls.length > 0) continue;
    settled.push(...open);
    open = [];
  }
  return { settled, open };
}
