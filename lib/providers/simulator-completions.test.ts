import { describe, expect, test } from "vitest";
import { splitEvents } from "@/lib/core/sse";
import { streamTap, tapAnswer } from "@/lib/gateway/tap";
import type { ProviderAnswer } from "@/lib/providers/provider";
import { simulator } from "@/lib/providers/simulator";

function ask(body: Record<string, unknown>): Promise<ProviderAnswer> {
  return simulator.send({
    path: "completions",
    key: "",
    baseUrl: null,
    publicOnly: false,
    body: JSON.stringify({ model: "simulator/echo", prompt: "Hello", ...body }),
    signal: null,
    timeoutMs: 1_000,
  });
}

const wholeOf = async (body: Record<string, unknown>) => JSON.parse(await (await ask(body)).text());

async function eventsOf(body: Record<string, unknown>): Promise<string[]> {
  const answer = await ask({ stream: true, stream_options: { include_usage: true }, ...body });
  const events: string[] = [];
  for await (const { data } of splitEvents(answer.body)) if (data !== null) events.push(data);
  return events;
}

describe("the simulator's completions", () => {
  test("have OpenAI's form, and sixteen tokens where nobody says how many", async () => {
    expect(await wholeOf({})).toEqual({
      id: "cmpl-simulator",
      object: "text_completion",
      created: 1_735_689_600,
      model: "simulator/echo",
      choices: [{ text: "You said: Hello", index: 0, logprobs: null, finish_reason: "stop" }],
      usage: { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 },
    });
    expect(await wholeOf({ prompt: "[[tokens:50]]" })).toMatchObject({
      choices: [{ finish_reason: "length" }],
      usage: { completion_tokens: 16 },
    });
    expect(await wholeOf({ prompt: "[[tokens:50]]", max_tokens: 50 })).toMatchObject({
      choices: [{ finish_reason: "stop" }],
      usage: { completion_tokens: 50 },
    });
  });

  test("are made for every prompt in all its forms, n times, and best_of are paid for", async () => {
    const { choices, usage } = await wholeOf({ prompt: ["a", "b"], n: 2, best_of: 3 });
    expect(choices.map(({ index, text }: { index: number; text: string }) => [index, text])).toEqual([
      [0, "You said: a"],
      [1, "You said: a"],
      [2, "You said: b"],
      [3, "You said: b"],
    ]);
    expect(usage).toEqual({ prompt_tokens: 2, completion_tokens: 2 * 3 * 3, total_tokens: 2 + 18 });
    expect((await wholeOf({ prompt: [1, 2, 3] })).usage.prompt_tokens).toBe(3);
    expect((await wholeOf({ prompt: [[1, 2, 3], [4]] })).choices).toHaveLength(2);
    expect((await wholeOf({ prompt: null })).choices).toHaveLength(1);
  });

  test("repeat the prompt where told, and nothing else where no token is allowed", async () => {
    expect((await wholeOf({ echo: true })).choices[0].text).toBe("HelloYou said: Hello");
    expect(await wholeOf({ echo: true, max_tokens: 0 })).toMatchObject({
      choices: [{ text: "Hello", finish_reason: "length" }],
      usage: { completion_tokens: 0 },
    });
  });

  test("say in a stream what they say whole, with the same usage", async () => {
    for (const body of [
      {},
      { prompt: ["a", "b"], n: 2 },
      { echo: true },
      { prompt: "[[tokens:40]]" },
      { prompt: "" },
    ]) {
      const events = await eventsOf(body);
      const tap = streamTap();
      for (const data of events) tap.event(data);
      expect(tap.result()).toEqual(tapAnswer(await wholeOf(body)));
      expect(events.at(-1)).toBe("[DONE]");
    }
  });

  test("follow the directives in the last prompt", async () => {
    expect((await ask({ prompt: "[[status:503]]" })).status).toBe(503);
    expect((await ask({ prompt: ["[[status:503]]", "a"] })).status).toBe(200);
    expect(await wholeOf({ prompt: "[[no-usage]]" })).not.toHaveProperty("usage");
    await expect(eventsOf({ prompt: "[[tokens:10]] [[cut:3]]" })).rejects.toMatchObject({ kind: "network" });
  });

  test("of what it does not understand are a 400", async () => {
    for (const body of [{ prompt: 7 }, { prompt: [] }, { n: 0 }, { max_tokens: -1 }, { model: 7 }])
      expect((await ask(body)).status).toBe(400);
  });
});
