import { describe, expect, test } from "vitest";
import { splitEvents } from "@/lib/core/sse";
import { streamTap, tapAnswer } from "@/lib/gateway/tap";
import { type ProviderAnswer, ProviderFailure } from "@/lib/providers/provider";
import { simulator } from "@/lib/providers/simulator";

interface Ask {
  text?: string;
  body?: Record<string, unknown>;
  signal?: AbortSignal;
  path?: string;
}

function ask({
  text = "Hello",
  body = {},
  signal = new AbortController().signal,
  path = "chat/completions",
}: Ask): Promise<ProviderAnswer> {
  return simulator.send({
    path,
    key: "",
    baseUrl: null,
    publicOnly: false,
    body: JSON.stringify({ model: "simulator/echo", messages: [{ role: "user", content: text }], ...body }),
    signal,
    timeoutMs: 1_000,
  });
}

async function bytesOf(answer: ProviderAnswer): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of answer.body) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

async function wholeOf(asked: Ask) {
  const answer = await ask(asked);
  return tapAnswer(JSON.parse(await bytesOf(answer)));
}

/** The data of a stream's events, up to where it ends or breaks. */
async function streamOf(asked: Ask): Promise<{ data: string[]; failure: unknown }> {
  const answer = await ask({
    ...asked,
    body: { stream: true, stream_options: { include_usage: true }, ...asked.body },
  });
  const data: string[] = [];
  try {
    for await (const event of splitEvents(answer.body)) if (event.data !== null) data.push(event.data);
    return { data, failure: null };
  } catch (failure) {
    return { data, failure };
  }
}

function tapped(data: readonly string[]) {
  const tap = streamTap();
  for (const event of data) tap.event(event);
  return tap.result();
}

describe("the simulator", () => {
  test("says the same to the same, whole and streamed, at any time", async () => {
    for (const body of [{}, { stream: true }, { stream: true, stream_options: { include_usage: true } }, { n: 3 }]) {
      const [first, second] = await Promise.all([ask({ body }).then(bytesOf), ask({ body }).then(bytesOf)]);
      expect(first).toBe(second);
    }
  });

  test("says in a stream what it says whole, with the same usage", async () => {
    for (const text of ["Hello", "žluť 😀 漢字", "[[tokens:50]]", ""]) {
      const whole = await wholeOf({ text });
      const { data } = await streamOf({ text });
      expect(tapped(data)).toEqual(whole);
      expect(data.at(-1)).toBe("[DONE]");
    }
    expect((await wholeOf({ text: "žluť 😀 漢字" })).text).toBe("You said: žluť 😀 漢字");
  });

  test("reports as many tokens as it says", async () => {
    expect(await wholeOf({ text: "[[tokens:50]]" })).toMatchObject({
      usage: { completionTokens: 50, promptTokens: 10 },
      finishReason: "stop",
    });
    expect((await streamOf({ text: "[[tokens:50]]" })).data).toHaveLength(1 + 50 + 1 + 1 + 1);
    expect(await wholeOf({ text: "[[tokens:50]]", body: { n: 4 } })).toMatchObject({
      usage: { completionTokens: 200 },
    });
    expect(await wholeOf({ text: "[[tokens:0]]" })).toMatchObject({ usage: { completionTokens: 0 }, text: "" });
  });

  test("stops at the maximum, and says that it did", async () => {
    expect(await wholeOf({ text: "[[tokens:50]]", body: { max_tokens: 20 } })).toMatchObject({
      usage: { completionTokens: 20 },
      finishReason: "length",
    });
    expect(await wholeOf({ text: "[[tokens:50]]", body: { max_tokens: 30, max_completion_tokens: 20 } })).toMatchObject(
      { usage: { completionTokens: 20 } },
    );
    expect(await wholeOf({ text: "[[tokens:50]]", body: { max_tokens: 50 } })).toMatchObject({
      usage: { completionTokens: 50 },
      finishReason: "stop",
    });
    expect(await wholeOf({ text: "[[tokens:999999999]]" })).toMatchObject({
      usage: { completionTokens: 16_384 },
      finishReason: "length",
    });
  });

  test("shows usage in a stream only where it is asked for", async () => {
    expect(tapped((await streamOf({ body: { stream_options: null } })).data).usage).toBeNull();
  });

  test("follows directives in the last message of the user, and no other", async () => {
    const messages = [
      { role: "user", content: "[[status:500]]" },
      { role: "assistant", content: "[[status:500]]" },
      {
        role: "user",
        content: [
          { type: "text", text: "[[tok" },
          { type: "text", text: "ens:7]] hi" },
        ],
      },
    ];
    expect(await wholeOf({ body: { messages } })).toMatchObject({ usage: { completionTokens: 7 } });
  });
});

describe("a directive", () => {
  test.each([400, 401, 404, 429, 500, 503, 529, 599])(
    "[[status:%i]] answers with that status and an error",
    async (status) => {
      for (const body of [{}, { stream: true }]) {
        const answer = await ask({ text: `[[status:${status}]]`, body });
        expect(answer.status).toBe(status);
        expect(JSON.parse(await bytesOf(answer))).toMatchObject({ error: { message: expect.any(String) } });
        expect(answer.headers["retry-after"]).toBe(status === 429 ? "1" : undefined);
      }
    },
  );

  test("[[status]] of no failure is served", async () => {
    expect((await ask({ text: "[[status:200]]" })).status).toBe(200);
    expect((await ask({ text: "[[status:700]]" })).status).toBe(200);
  });

  test("[[no-usage]] reports none, whole and streamed", async () => {
    expect((await wholeOf({ text: "Hi [[no-usage]]" })).usage).toBeNull();
    const { data } = await streamOf({ text: "Hi [[no-usage]]" });
    expect(tapped(data)).toMatchObject({ usage: null, text: "You said: Hi" });
  });

  test("[[cut:n]] dies after n chunks, and a whole answer in its middle", async () => {
    for (const chunks of [0, 1, 10]) {
      const { data, failure } = await streamOf({ text: `[[tokens:50]] [[cut:${chunks}]]` });
      expect(data).toHaveLength(chunks);
      expect(failure).toBeInstanceOf(ProviderFailure);
      expect(failure).toMatchObject({ kind: "network" });
    }
    await expect(wholeOf({ text: "[[cut:1]]" })).rejects.toThrow(ProviderFailure);
  });

  test("[[delay:ms]] comes before the first byte, [[gap:ms]] between chunks", async () => {
    const startedAt = performance.now();
    const answer = await ask({ text: "[[delay:60]] [[tokens:1]] [[gap:30]]", body: { stream: true } });
    expect(performance.now() - startedAt).toBeGreaterThan(50);
    const beganAt = performance.now();
    await bytesOf(answer);
    expect(performance.now() - beganAt).toBeGreaterThan(50);
  });

  test("that waits ends at once when the caller goes away", async () => {
    for (const text of ["[[delay:60000]]", "[[tokens:5]] [[gap:60000]]"]) {
      const gone = new AbortController();
      const work = ask({ text, body: { stream: true }, signal: gone.signal }).then(bytesOf);
      setTimeout(() => gone.abort(), 20);
      await expect(work).rejects.toMatchObject({ kind: "aborted" });
    }
  });
});

describe("tools", () => {
  const tools = [
    {
      type: "function",
      function: {
        name: "get_weather",
        parameters: {
          type: "object",
          properties: {
            city: { type: "string" },
            days: { type: "integer" },
            unit: { enum: ["c", "f"] },
            tags: { type: "array", items: { type: "boolean" } },
          },
        },
      },
    },
    { type: "function", function: { name: "other" } },
  ];
  const ARGUMENTS = { city: "text", days: 1, unit: "c", tags: [true] };

  test("are called when a message names them or the choice demands it, with arguments that fit", async () => {
    for (const asked of [
      { text: "use get_weather", body: { tools } },
      { text: "hi", body: { tools, tool_choice: "required" } },
      { text: "hi", body: { tools, tool_choice: { type: "function", function: { name: "get_weather" } } } },
    ]) {
      const whole = await wholeOf(asked);
      expect(whole.finishReason).toBe("tool_calls");
      expect(JSON.parse(whole.text)).toEqual(ARGUMENTS);
      const { data } = await streamOf(asked);
      expect(tapped(data)).toEqual(whole);
    }
  });

  test("are not called where nothing asks for it, or the choice forbids it", async () => {
    expect((await wholeOf({ text: "hi", body: { tools } })).finishReason).toBe("stop");
    expect((await wholeOf({ text: "use get_weather", body: { tools, tool_choice: "none" } })).finishReason).toBe(
      "stop",
    );
  });

  test("are answered: after a tool's result comes text", async () => {
    const messages = [
      { role: "user", content: "use get_weather" },
      { role: "assistant", content: null },
      { role: "tool", content: "sunny" },
    ];
    expect(await wholeOf({ body: { messages, tools } })).toMatchObject({
      finishReason: "stop",
      text: "The tool answered: sunny",
    });
  });
});

test("what it does not understand is a 400 and never a crash", async () => {
  for (const asked of [
    { path: "embeddings" },
    { body: { messages: "hi" } },
    { body: { model: 7 } },
    { body: { n: 1_000 } },
  ]) {
    const answer = await ask(asked);
    expect(answer.status).toBe(400);
    expect(JSON.parse(await bytesOf(answer))).toMatchObject({ error: { type: "simulated_error" } });
  }
});
