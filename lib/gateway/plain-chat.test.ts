import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChatBody } from "@/lib/gateway/parse";
import { isPlainChat } from "@/lib/gateway/plain-chat";

const MOST = 128;
const anything = fc.oneof(
  fc.constantFrom(undefined, null, true, false, "", "text", 0, 1, 128, 129, -1, 1.5, 1e39, 2 ** 53),
  fc.constantFrom([], {}, { include_usage: true }, { include_usage: 1 }, [{ type: "text", text: "a" }], [1]),
);
const message = fc.oneof(
  anything,
  fc.record({ role: anything, content: anything }, { requiredKeys: [] }),
  fc.record({ role: fc.constant("user"), content: fc.oneof(fc.string(), anything), name: anything }),
);
const body = fc.record(
  {
    model: fc.oneof(fc.constant("gpt-4o-mini"), anything),
    messages: fc.oneof(fc.array(message, { maxLength: 3 }), anything),
    stream: anything,
    stream_options: anything,
    max_tokens: anything,
    max_completion_tokens: anything,
    n: anything,
    temperature: anything,
  },
  { requiredKeys: [] },
);

describe("isPlainChat", () => {
  test("says yes to nothing that the schema refuses", () => {
    fc.assert(
      fc.property(fc.oneof(body, anything), (value) => {
        if (isPlainChat(value, MOST)) expect(ChatBody.safeParse(value).success).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  test("says yes to chats of texts, with and without limits", () => {
    const plain = { model: "m", messages: [{ role: "user", content: "hi" }] };
    expect(isPlainChat(plain, MOST)).toBe(true);
    expect(isPlainChat({ ...plain, max_tokens: 16, n: 2, stream: true, stream_options: null, seed: 7 }, MOST)).toBe(
      true,
    );
    expect(isPlainChat({ ...plain, messages: [{ role: "user", content: [{ type: "text" }] }] }, MOST)).toBe(false);
    expect(isPlainChat({ ...plain, n: MOST + 1 }, MOST)).toBe(false);
  });
});
