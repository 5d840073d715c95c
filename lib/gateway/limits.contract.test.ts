import { beforeAll, beforeEach, expect, test } from "vitest";
import { usd } from "@/lib/core/money";
import { sweepExpiredHolds } from "@/lib/gateway/sweep";
import { pool } from "@/lib/infra/db";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  type Answer,
  ask,
  auditMoney,
  chatBody,
  DOORS,
  eventually,
  type ReceiptRow,
  receiptsOf,
  startDoor,
  untilSettled,
} from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import type { Door, RunningServer } from "@/lib/testing/server";

const CALLS = 500;
/** How many calls the limit pays for, where nothing else is said. */
const PAID = 40;
const PROMPT_TOKENS = 25;
const ANSWER_TOKENS = 60;
/** Of one call, in nano-dollars: gpt-4o-mini. */
const COST = BigInt(PROMPT_TOKENS) * 150n + BigInt(ANSWER_TOKENS) * 600n;
const limitFor = (calls: number) => usd(COST * BigInt(calls));

const { doors, upstream, databaseUrl } = openDoors();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await makeTenant({ mode: "credits" });
  // Next loads a route at its first request.
  for (const door of DOORS) await ask(doors[door], { secret: tenant.secret, body: chatBody() });
});

beforeEach(() => {
  const usage = {
    prompt_tokens: PROMPT_TOKENS,
    completion_tokens: ANSWER_TOKENS,
    total_tokens: PROMPT_TOKENS + ANSWER_TOKENS,
  };
  let count = 0;
  upstream.respond = () => {
    count += 1;
    return { usage, delayMs: 20 + (count % 7) * 15 };
  };
});

/** So many calls at the same time, dealt out over `servers`. Half of them are streams. */
function storm(
  servers: readonly RunningServer[],
  secret: string,
  body: Record<string, unknown>,
  calls = CALLS,
): Promise<(Answer | null)[]> {
  return Promise.all(
    Array.from({ length: calls }, (_, index) => {
      const server = servers[index % servers.length];
      if (!server) throw new Error("no server");
      const stream = Math.floor(index / servers.length) % 2 === 1;
      // A server that is killed answers nothing.
      return ask(server, { secret, body: { ...body, stream } }).catch(() => null);
    }),
  );
}

/** The key's receipts, once every answer has its own. */
async function receiptsOfAll(keyId: string, answers: readonly Answer[]): Promise<ReceiptRow[]> {
  const missing = async () => {
    const found = new Set((await receiptsOf(keyId)).map((receipt) => receipt.id));
    return answers.flatMap((answer) =>
      found.has(answer.headers.get("x-request-id") ?? "") ? [] : [[answer.status, answer.text]],
    );
  };
  await eventually(missing, (list) => list.length === 0);
  return receiptsOf(keyId);
}

/** Every answer has its receipt; what they cost is within the limit and uses nine tenths of it; the rest were refused. */
async function expectUsedUp(keyId: string, answers: readonly (Answer | null)[], paid = PAID): Promise<void> {
  const answered = answers.filter((answer) => answer !== null);
  for (const answer of answered) {
    if (answer.status !== 200) expect(answer.json).toMatchObject({ status: 401, error: { code: "key_limit_reached" } });
  }
  const receipts = await receiptsOfAll(keyId, answered);
  const outcomes = new Map(receipts.map(({ id, outcome }) => [id, outcome]));
  for (const answer of answered) {
    const outcome = outcomes.get(answer.headers.get("x-request-id") ?? "");
    expect([answer.status, outcome]).toEqual([answer.status, answer.status === 200 ? "settled" : "refused"]);
  }
  const spent = receipts.reduce((sum, receipt) => sum + (receipt.cost ?? 0n), 0n);
  const limit = limitFor(paid);
  expect(spent).toBeLessThanOrEqual(limit);
  expect(spent).toBeGreaterThanOrEqual((limit * 90n) / 100n);
}

/** What the same request may cost at most is 1.5, 2.7 and more than 200 times what it costs, the more it leaves open. */
const TIGHT = chatBody({ max_tokens: 70 });
const LOOSE = chatBody({ max_tokens: 150 });
const OPEN = chatBody({ max_tokens: undefined });

test.each([
  { through: "the server door", to: ["server"], maximum: "a loose maximum", body: LOOSE, paid: PAID },
  { through: "the next door", to: ["next"], maximum: "a tight maximum", body: TIGHT, paid: PAID },
  // One call holds all that is left, so they go one after the other; a request waits for fifteen seconds at most (0004).
  { through: "two processes on one database", to: DOORS, maximum: "no maximum at all", body: OPEN, paid: 15 },
] satisfies {
  through: string;
  to: readonly Door[];
  maximum: string;
  body: Record<string, unknown>;
  paid: number;
}[])(
  "500 calls at once through $through, with $maximum, never overspend the key's limit, which pays for $paid, and use it up",
  async ({ to, body, paid }) => {
    const { secret, key } = await addKey(tenant, { usageLimit: limitFor(paid) });
    const answers = await storm(
      to.map((door) => doors[door]),
      secret,
      body,
    );
    await expectUsedUp(key.id, answers, paid);
    await untilSettled();
    expect(await auditMoney()).toEqual([]);
  },
);

test("500 calls at once over two servers, one of which is killed in the middle, never overspend and use up the limit", async () => {
  const plain = upstream.respond;
  // Slow in the beginning, so that the dying one has something in flight.
  upstream.respond = (call) => ({
    ...plain(call),
    ...(upstream.calls.length <= 40 ? { delayMs: 2_000 } : {}),
  });
  const dying = await startDoor("server", databaseUrl(), upstream.url);
  const { secret, key } = await addKey(tenant, { usageLimit: limitFor(PAID) });
  const storming = storm([doors.server, dying], secret, TIGHT);
  await eventually(
    async () => (await pool().query<{ count: bigint }>("SELECT count(DISTINCT instance) FROM hold")).rows[0]?.count,
    (instances) => instances === 2n,
  );
  await dying.stop("SIGKILL");
  const answers = await storming;
  for (const answer of answers) if (answer && answer.status !== 200) expect(answer.status).toBe(401);

  // What the dead one held stays held until its deadline; then any instance gives it back.
  const bySurvivor = answers.filter((_, index) => index % 2 === 0).filter((answer) => answer !== null);
  await receiptsOfAll(key.id, bySurvivor);
  const left = (await pool().query<{ request_id: string }>("SELECT request_id FROM hold")).rows;
  expect(left.length).toBeGreaterThan(0);
  await pool().query("UPDATE hold SET deadline = now() - interval '1 second'");
  expect(await sweepExpiredHolds(0)).toBe(left.length);
  await untilSettled();
  const receipts = await receiptsOf(key.id);
  for (const { request_id } of left) {
    expect(receipts.find((receipt) => receipt.id === request_id)).toMatchObject({
      outcome: "lost",
      charged: 0n,
      cost: 0n,
    });
  }
  expect(await auditMoney()).toEqual([]);

  const again = await storm([doors.server], secret, TIGHT, 3 * PAID);
  await expectUsedUp(key.id, again);
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
});
