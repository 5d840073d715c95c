import { beforeAll, describe, expect, test } from "vitest";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  type Answer,
  ask,
  auditMoney,
  chatBody,
  DOORS,
  eventually,
  receiptOf,
  receiptsOf,
  untilSettled,
} from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import type { Door } from "@/lib/testing/server";
import { scripted, type UpstreamScript } from "@/lib/testing/upstream";

/** Normal requests that go along with each poisonous one. */
const NEIGHBOURS = 6;
const NEIGHBOUR_COST = 5250n;

const { doors } = openDoors();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await makeTenant({ mode: "credits" });
});

const MEGABYTE = 1_000_000;
const nested = (depth: number, open = "[", close = "]") => open.repeat(depth) + close.repeat(depth);
/** A request's text with these members in place of a normal one's. */
const text = (members: Record<string, string>) => {
  const plain = { model: '"gpt-4o-mini"', messages: '[{"role":"user","content":"Hi"}]', max_tokens: "16" };
  return `{${Object.entries({ ...plain, ...members })
    .map(([name, value]) => `"${name}":${value}`)
    .join(",")}}`;
};
const message = (content: string) => `[{"role":"user","content":${content}}]`;

/** Bodies as they go over the wire. `status`: what alone is right; left out: served or refused as invalid. */
const REQUESTS: Record<string, { body: string; status?: number; headers?: Record<string, string> }> = {
  "temperature 1e39": { body: text({ temperature: "1e39" }), status: 200 },
  "temperature 1e999": { body: text({ temperature: "1e999" }), status: 200 },
  "max_tokens 1e12": { body: text({ max_tokens: "1e12" }), status: 200 },
  "max_tokens 1e39": { body: text({ max_tokens: "1e39" }) },
  "max_tokens -1e39": { body: text({ max_tokens: "-1e39" }), status: 400 },
  "n 1e9": { body: text({ n: "1000000000" }), status: 400 },
  "a NUL in the content": { body: text({ messages: message('"a\\u0000b"') }), status: 200 },
  "a NUL in the model": { body: text({ model: '"gpt-4o-mini\\u0000"' }), status: 400 },
  "a NUL in the user": { body: text({ user: '"a\\u0000b"' }), status: 200 },
  "a NUL in a field's name": { body: text({ "x\\u0000y": "1" }), status: 200 },
  "lone surrogates in the content": { body: text({ messages: message('"\\ud83d x \\udc00"') }), status: 200 },
  "lone surrogates in the model": { body: text({ model: '"gpt-4o\\ud83d"' }), status: 400 },
  "lone surrogates in the user": { body: text({ user: '"\\udfff\\ud800"' }), status: 200 },
  "a model's name of 1 MB": { body: text({ model: JSON.stringify("m".repeat(MEGABYTE)) }), status: 400 },
  "a model's name of quotes": { body: text({ model: '"\\"}],{\\"\\\\\\n\'; DROP TABLE hold; --"' }), status: 400 },
  "a user of 1 MB": { body: text({ user: JSON.stringify("u".repeat(MEGABYTE)) }), status: 200 },
  "a role of 1 MB": { body: text({ messages: `[{"role":"${"r".repeat(MEGABYTE)}","content":"Hi"}]` }), status: 200 },
  "an unknown field 100,000 deep": { body: text({ x_deep: nested(100_000) }), status: 200 },
  "objects 50,000 deep": {
    body: text({ metadata: nested(50_000, '{"a":', "}").replace('{"a":}', '{"a":1}') }),
    status: 200,
  },
  "stream options 100,000 deep": {
    body: text({ stream: "true", stream_options: `{"x":${nested(100_000)}}` }),
    status: 200,
  },
  "content 100,000 deep": { body: text({ messages: message(nested(100_000)) }) },
  "20,000 messages": {
    body: text({ messages: `[${Array(20_000).fill('{"role":"user","content":"a"}').join(",")}]` }),
    status: 200,
  },
  "__proto__ and constructor": {
    body: text({ __proto__x: "1", '__proto__": {"model":"gpt-4"}, "constructor': "7" }),
    status: 200,
  },
  "the same fields twice": { body: `${text({}).slice(0, -1)},"model":"gpt-4o-mini","max_tokens":16}`, status: 400 },
  "an odd request id": { body: text({}), status: 200, headers: { "x-request-id": "'; --\t\u00e9" } },
  "a request id of 10 KB": { body: text({}), status: 200, headers: { "x-request-id": "i".repeat(10_000) } },
};

/** What a provider might send back. `charged` false: nothing may be charged. */
const ANSWERS: Record<string, { script: UpstreamScript; statuses: number[] }> = {
  "usage of 1e12 tokens": { script: { usage: { prompt_tokens: 1e12, completion_tokens: 1e12 } }, statuses: [200] },
  "usage of 1e300 tokens": { script: { usage: { prompt_tokens: 1e300, completion_tokens: 3 } }, statuses: [200] },
  "negative usage": { script: { usage: { prompt_tokens: -5, completion_tokens: -7 } }, statuses: [200] },
  "broken usage": { script: { usage: { prompt_tokens: 1.5, completion_tokens: "many" } }, statuses: [200] },
  "a NUL and lone surrogates in the text": { script: { pieces: ["a\u0000b", "\ud83d", "\udfff"] }, statuses: [200] },
  "a NUL and lone surrogates in its error": {
    script: { status: 400, body: '{"error":{"message":"bad\\u0000 \\ud83d thing"}}' },
    statuses: [400],
  },
  "an error of 1 MB": { script: { status: 500, body: "e".repeat(MEGABYTE) }, statuses: [502] },
  "a strange Retry-After": { script: { status: 429, headers: { "retry-after": "<script>" } }, statuses: [429] },
};

/** Sends the poison and its neighbours at the same moment; the neighbours must be as if nothing were there. */
async function amongNeighbours(door: Door, poison: (secret: string) => Promise<Answer>): Promise<Answer> {
  const { secret, key } = await addKey(tenant);
  const neighbour = () => ask(doors[door], { secret, body: chatBody() });
  const half = Array.from({ length: NEIGHBOURS / 2 }, neighbour);
  const poisoned = poison(secret);
  const answers = await Promise.all([...half, ...Array.from({ length: NEIGHBOURS / 2 }, neighbour)]);
  const answer = await poisoned;
  const ids = answers.map((one) => one.headers.get("x-request-id"));
  expect(answers.map((one) => one.status)).toEqual(answers.map(() => 200));
  const receipts = await eventually(
    () => receiptsOf(key.id),
    (rows) => ids.every((id) => rows.some((row) => row.id === id)),
  );
  const theirs = receipts.filter((receipt) => ids.includes(receipt.id));
  expect(theirs.map(({ outcome, cost }) => ({ outcome, cost }))).toEqual(
    ids.map(() => ({ outcome: "settled", cost: NEIGHBOUR_COST })),
  );
  return answer;
}

describe.each(DOORS)("through the %s door, with normal requests in the same batch:", (door) => {
  test.each(Object.keys(REQUESTS))("%s is served or refused cleanly", async (name) => {
    const { body, status, headers = {} } = REQUESTS[name] ?? { body: "" };
    const answer = await amongNeighbours(door, (secret) => ask(doors[door], { secret, body, headers }));
    if (status === undefined) expect([200, 400]).toContain(answer.status);
    else expect([answer.status, answer.text.slice(0, 300)]).toEqual([status, expect.any(String)]);
    if (answer.status === 200) {
      expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({ outcome: "settled", status: 200 });
    } else {
      expect(answer.json).toMatchObject({ error: { type: "invalid_request_error" } });
      expect(answer.text.length).toBeLessThan(2_000);
    }
  });

  test.each(Object.keys(ANSWERS).flatMap((name) => [[name, false] as const, [name, true] as const]))(
    "an upstream that answers with %s harms nobody (streamed: %s)",
    async (name, stream) => {
      const { script, statuses } = ANSWERS[name] ?? { script: {}, statuses: [] };
      const answer = await amongNeighbours(door, (secret) =>
        ask(doors[door], { secret, body: chatBody({ stream, messages: [scripted(script)] }) }),
      );
      expect(statuses).toContain(answer.status);
      const receipt = await receiptOf(answer.headers.get("x-request-id"));
      expect(receipt.outcome).toBe(answer.status === 200 ? "settled" : "released");
      expect(receipt.cost ?? 0n).toBeLessThanOrEqual(receipt.hold);
      if (answer.status === 200) expect(receipt.cost).toBeGreaterThan(0n);
      else expect(receipt.charged).toBe(0n);
    },
  );
});

test("a long answer without usage, of one character, does not stop the others while it is counted", async () => {
  const { secret } = await addKey(tenant);
  const pieces = Array.from({ length: 50 }, () => "中".repeat(2_000));
  const long = ask(doors.server, {
    secret,
    body: chatBody({ messages: [{ role: "user", content: "x".repeat(100_000) }, scripted({ pieces, usage: null })] }),
  });
  let longest = 0;
  let done = false;
  void long.finally(() => {
    done = true;
  });
  const startedAt = performance.now();
  while (!done) {
    const sentAt = performance.now();
    await ask(doors.server, { path: "/health/liveness" });
    longest = Math.max(longest, performance.now() - sentAt);
  }
  expect((await long).json).toMatchObject({ usage: { estimated: true } });
  const took = performance.now() - startedAt;
  expect(took).toBeLessThan(30_000);
  // Where it stopped them, one of them would have waited for about all of it, however fast the machine.
  expect(longest).toBeLessThan(Math.max(1_000, took / 3));
});

test("after all of this the money agrees and nothing failed inside", async () => {
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
  for (const door of DOORS) expect(doors[door].output()).not.toMatch(/"level":"(error|fatal)"/);
});
