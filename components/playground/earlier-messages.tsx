import type { ChatMessage } from "@/components/playground/chat-body";

const SPOKEN_BY: Readonly<Record<ChatMessage["role"], string>> = {
  system: "System",
  user: "User",
  assistant: "Assistant",
  tool: "Tool",
};

function wordsOf(message: ChatMessage): string {
  const { content } = message;
  const text =
    typeof content === "string"
      ? content
      : (content ?? []).map((part) => (part.type === "text" ? part.text : "(picture)")).join("\n");
  const calls = message.role === "assistant" ? (message.tool_calls ?? []) : [];
  return [text, ...calls.map(({ function: called }) => `${called.name}(${called.arguments})`)]
    .filter((line) => line !== "")
    .join("\n");
}

/** What was said in a replayed call before its last message; it is sent again with the next one. */
export function EarlierMessages({ messages }: { messages: readonly ChatMessage[] }) {
  if (messages.length === 0) return null;
  return (
    <ol aria-label="Earlier in this call" className="grid gap-3 border-line border-b border-dashed pb-4">
      {messages.map((message, index) => {
        const key = `${index}-${message.role}`;
        return (
          <li key={key} className="min-w-0">
            <span className="text-faint text-xs">{SPOKEN_BY[message.role]}</span>
            <p className="whitespace-pre-wrap break-words text-sm">{wordsOf(message) || "(nothing)"}</p>
          </li>
        );
      })}
    </ol>
  );
}
