import { afterEach, expect, test, vi } from "vitest";
import { type ChatAnswer, ChatProblem, streamChat } from "@/components/playground/stream-chat";

const BODY = { model: "simulator/echo", messages: [{ role: "user" as const, content: "Hi" }] };

afterEach(() => vi.unstubAllGlobals());

/** Lets fetch answer with these pieces of bytes, and follows the stream. */
async function follow(pieces: readonly (string | Uint8Array)[], status = 200): Promise<ChatAnswer[]> {
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(typeof piece === "string" ? encoder.encode(piece) : piece);
      controller.close();
    },
  });
  const answer = async () => new Response(stream, { status, headers: { "x-generation-id": "gen_1" } });
  vi.stubGlobal("fetch", vi.fn(answer));
  const seen: ChatAnswer[] = [];
  const signal = new AbortController().signal;
  await streamChat({ secret: "tp_live_x", body: BODY, signal, onAnswer: (one) => seen.push(one) });
  return seen;
}

const chunk = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const said = (content: string) => chunk({ choices: [{ delta: { content } }] });

test("puts an answer together from its pieces, however the network cuts them", async () => {
  const bytes = new TextEncoder().encode(`${said("Grüße, ")}${said("Ada")}data: [DONE]\n\n`);
  const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
  expect((await follow(single)).at(-1)).toMatchObject({ text: "Grüße, Ada", requestId: "gen_1" });
});

test("tells tokens, and a cost too small for a plain number as an exact decimal", async () => {
  const usage = { prompt_tokens: 12, completion_tokens: 3, cost: 1.5e-7 };
  const answers = await follow([": comment\n\n", said("Hi"), chunk({ choices: [], usage }), "data: [DONE]\n\n"]);
  expect(answers.at(-1)).toMatchObject({ tokens: { in: 12, out: 3 }, cost: "0.000000150" });
  expect(answers.at(-1)?.firstMs).not.toBeNull();
  expect(answers.at(-1)?.totalMs).not.toBeNull();
});

test("joins the parts of each tool call by its place", async () => {
  const call = (index: number, name: string | null, part: string) =>
    chunk({
      choices: [
        { delta: { tool_calls: [{ index, id: name && `call_${name}`, function: { name, arguments: part } }] } },
      ],
    });
  const answers = await follow([call(0, "a", '{"x"'), call(1, "b", "{}"), call(0, null, ":1}")]);
  expect(answers.at(-1)?.toolCalls).toEqual([
    { id: "call_a", name: "a", arguments: '{"x":1}' },
    { id: "call_b", name: "b", arguments: "{}" },
  ]);
});

test("a refusal is said in the gateway's words, with its code", async () => {
  const refusal = JSON.stringify({ error: { message: "Not today.", code: "key_expired" } });
  await expect(follow([refusal], 401)).rejects.toMatchObject({ message: "Not today.", code: "key_expired" });
  await expect(follow(["<html>"], 502)).rejects.toThrow("The gateway answered 502");
});

test("an error within the stream ends it, after what had come", async () => {
  const broken = follow([said("Half"), chunk({ error: { message: "It broke." } }), said(" more")]);
  await expect(broken).rejects.toThrow(new ChatProblem("It broke.", null));
});
