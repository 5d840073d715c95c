import { describe, expect, test } from "vitest";
import { type ErrorCode, GatewayError } from "@/lib/core/errors";
import { type Block, createWrongCredentials } from "@/lib/gateway/wrong-credentials";
import type { CountedFailure } from "@/lib/identity/count-failures";
import { afterFailure, type FailurePolicy, type Failures, secondsBlocked } from "@/lib/identity/failures";

const POLICY = {
  enabled: true,
  maxFailedAttempts: 5,
  ttlSeconds: 900,
  initialBlockSeconds: 30,
  maxBlockSeconds: 3600,
};
const HERE = "198.51.100.7";

/** The database's clock, in seconds; a test's instances move it along with their own, which stand apart from it. */
const TIME = { seconds: 0 };
const databaseNow = () => new Date(Date.UTC(2026, 10, 21) + TIME.seconds * 1000);

/** What table `block` does, in memory: several instances may share one. */
function createTable() {
  const rows = new Map<string, Failures>();
  let calls = 0;
  return {
    rows,
    calls: () => calls,
    count: async (names: readonly string[], policy: FailurePolicy): Promise<readonly CountedFailure[]> => {
      calls += 1;
      const now = databaseNow();
      return names.map((name) => {
        const before = rows.get(name) ?? { failures: 0, lastFailure: now, blockedUntil: null, blockSeconds: 0 };
        if (secondsBlocked(before, now) > 0) return { counted: false, state: before, at: now };
        const state = afterFailure(before, policy, now);
        rows.set(name, state);
        return { counted: true, state, at: now };
      });
    },
  };
}

const gone = async (): Promise<never> => {
  throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
};

/** An instance whose clock is `ahead` seconds of the database's; the test moves both, by the database's seconds. */
function instance(count: ReturnType<typeof createTable>["count"], policy: Partial<typeof POLICY> = {}, ahead = 0) {
  TIME.seconds = 0;
  const clock = TIME;
  const blocks: Block[] = [];
  const counting = createWrongCredentials({
    policy: () => ({ ...POLICY, ...policy }),
    count,
    now: () => new Date(databaseNow().getTime() + ahead * 1000),
    patienceMs: 50,
    onBlock: (block) => blocks.push(block),
  });
  const send = async (code: ErrorCode = "invalid_key", address = HERE) => {
    const { status, metadata, options } = await counting.refusal(new GatewayError(code, "no"), address);
    if (status !== 429) return status;
    expect(options.headers).toEqual({ "retry-after": String(metadata.retry_after_seconds) });
    return `blocked for ${metadata.retry_after_seconds}`;
  };
  const times = async (count: number, code: ErrorCode = "invalid_key", address = HERE) => {
    const answers: (number | string)[] = [];
    for (let index = 0; index < count; index += 1) answers.push(await send(code, address));
    return answers;
  };
  return { clock, blocks, send, times };
}

describe.each([
  ["with the database", () => createTable().count],
  ["while the database is away", () => gone],
])("wrong credentials %s", (_when, counter) => {
  test("are 401 five times, then 429 for thirty seconds, then longer by half a minute doubling", async () => {
    const { clock, send, times } = instance(counter());
    expect(await times(5)).toEqual([401, 401, 401, 401, 401]);
    expect(await times(2)).toEqual(["blocked for 30", "blocked for 30"]);
    clock.seconds = 29.5;
    expect(await send()).toBe("blocked for 1");
    // Guesses while it lasted have not made it longer.
    clock.seconds = 30;
    expect(await send()).toBe(401);
    expect(await send()).toBe("blocked for 60");
    clock.seconds = 90;
    expect(await times(2)).toEqual([401, "blocked for 120"]);
  });

  test("that go on whenever a block ends are told exactly this, from the first to the last", async () => {
    const { clock, send } = instance(counter(), { ttlSeconds: 7_200 });
    const told: [at: number, answer: number | string][] = [];
    const tell = async () => told.push([clock.seconds, await send()]);
    for (let guess = 0; guess < 5; guess += 1) await tell();
    for (const seconds of [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]) {
      await tell();
      clock.seconds += seconds - 1;
      await tell();
      clock.seconds += 1;
      await tell();
    }
    expect(told).toEqual([
      [0, 401],
      [0, 401],
      [0, 401],
      [0, 401],
      [0, 401],
      [0, "blocked for 30"],
      [29, "blocked for 1"],
      [30, 401],
      [30, "blocked for 60"],
      [89, "blocked for 1"],
      [90, 401],
      [90, "blocked for 120"],
      [209, "blocked for 1"],
      [210, 401],
      [210, "blocked for 240"],
      [449, "blocked for 1"],
      [450, 401],
      [450, "blocked for 480"],
      [929, "blocked for 1"],
      [930, 401],
      [930, "blocked for 960"],
      [1_889, "blocked for 1"],
      [1_890, 401],
      [1_890, "blocked for 1920"],
      [3_809, "blocked for 1"],
      [3_810, 401],
      [3_810, "blocked for 3600"],
      [7_409, "blocked for 1"],
      [7_410, 401],
      [7_410, "blocked for 3600"],
      [11_009, "blocked for 1"],
      [11_010, 401],
    ]);
  });

  test("of somebody who waits each block out begin anew once a block has outlasted the record, which is 15 minutes", async () => {
    const { clock, send, times } = instance(counter());
    await times(5);
    for (const seconds of [30, 60, 120, 240, 480]) {
      expect(await send()).toBe(`blocked for ${seconds}`);
      clock.seconds += seconds;
      expect(await send()).toBe(401);
    }
    clock.seconds += 959.5;
    expect(await send()).toBe("blocked for 1");
    clock.seconds += 0.5;
    expect(await times(6)).toEqual([401, 401, 401, 401, 401, "blocked for 30"]);
  });

  test("never block for longer than the longest block", async () => {
    const { clock, times } = instance(counter(), { ttlSeconds: 100_000 });
    await times(5);
    for (let round = 0; round < 10; round += 1) {
      clock.seconds += 3_600;
      await times(1);
    }
    expect(await times(1)).toEqual(["blocked for 3600"]);
  });

  test("are forgotten a quarter of an hour after the last one", async () => {
    const { clock, times } = instance(counter());
    await times(4);
    clock.seconds = 901;
    expect(await times(6)).toEqual([401, 401, 401, 401, 401, "blocked for 30"]);
    clock.seconds = 3_000;
    expect(await times(4)).toEqual([401, 401, 401, 401]);
  });

  test("tell of each block once, as it begins", async () => {
    const { blocks, clock, send, times } = instance(counter());
    await times(4);
    expect(blocks).toEqual([]);
    await times(9);
    expect(blocks).toEqual([{ network: HERE, failures: 5, seconds: 30 }]);
    clock.seconds = 30;
    await send();
    expect(blocks.slice(1)).toEqual([{ network: HERE, failures: 6, seconds: 60 }]);
  });

  test("sent at one moment are counted one by one", async () => {
    const { send } = instance(counter());
    const answers = await Promise.all(Array.from({ length: 20 }, () => send()));
    expect(answers.filter((answer) => answer === 401)).toHaveLength(5);
    expect(answers.slice(5)).toEqual(Array(15).fill("blocked for 30"));
  });
});

describe("what counts", () => {
  test("is what nobody has: not a missing key, a key in the query, a disabled or an expired one", async () => {
    const { times, send } = instance(createTable().count);
    for (const code of ["missing_key", "key_inactive", "key_expired"] as const)
      expect(await times(6, code)).toEqual(Array(6).fill(401));
    expect(await times(6, "key_in_query")).toEqual(Array(6).fill(400));
    expect(await times(3, "malformed_header")).toEqual([401, 401, 401]);
    expect(await times(2, "invalid_key")).toEqual([401, 401]);
    // Once the address is blocked, none of it is told any more.
    for (const code of ["missing_key", "key_inactive", "key_expired", "key_in_query", "malformed_header"] as const)
      expect(await send(code)).toBe("blocked for 30");
  });

  test("leaves alone what a credential that verifies is refused for", async () => {
    const { times, send } = instance(createTable().count);
    await times(6);
    expect(await send("insufficient_scope")).toBe(403);
    expect(await send("key_limit_reached")).toBe(401);
  });

  test("counts by IPv6 /64, by IPv4 address however it is written, and nobody for another", async () => {
    const { times, send } = instance(createTable().count);
    for (let host = 1; host <= 5; host += 1) expect(await send("invalid_key", `2001:db8:1:2::${host}`)).toBe(401);
    expect(await send("invalid_key", "2001:db8:1:2:ffff::1")).toBe("blocked for 30");
    expect(await send("invalid_key", "2001:db8:1:3::1")).toBe(401);
    await times(5, "invalid_key", "::ffff:203.0.113.9");
    expect(await send("invalid_key", "203.0.113.9")).toBe("blocked for 30");
    expect(await send("invalid_key", "203.0.113.10")).toBe(401);
  });

  test("is nothing where the operator switched it off", async () => {
    const table = createTable();
    expect(await instance(table.count, { enabled: false }).times(9)).toEqual(Array(9).fill(401));
    expect(table.calls()).toBe(0);
  });
});

describe("two instances on one database", () => {
  test("count together, and either one's block holds on the other", async () => {
    const table = createTable();
    const [one, other] = [instance(table.count), instance(table.count)];
    expect([...(await one.times(3)), ...(await other.times(2))]).toEqual([401, 401, 401, 401, 401]);
    expect([await one.send(), await other.send()]).toEqual(["blocked for 30", "blocked for 30"]);
  });

  test.each([-3_600, -20, 20, 3_600])(
    "agree on when a block ends, where their clocks are %i s apart",
    async (ahead) => {
      const table = createTable();
      const [one, other] = [instance(table.count), instance(table.count, {}, ahead)];
      await one.times(4);
      expect(await other.send()).toBe(401);
      expect([await one.send(), await other.send()]).toEqual(["blocked for 30", "blocked for 30"]);
      const asked = table.calls();
      TIME.seconds = 29;
      expect([await one.send(), await other.send()]).toEqual(["blocked for 1", "blocked for 1"]);
      // From memory: nobody asked the database what time it is.
      expect(table.calls()).toBe(asked);
      TIME.seconds = 30;
      expect(await other.send()).toBe(401);
      expect([await one.send(), await other.send()]).toEqual(["blocked for 60", "blocked for 60"]);
    },
  );
});

test("a million guesses from a blocked address ask the database nothing", async () => {
  const table = createTable();
  const { times, send } = instance(table.count);
  await times(5);
  const asked = table.calls();
  for (let guess = 0; guess < 10_000; guess += 1) await send();
  expect(table.calls()).toBe(asked);
});

test("a database that does not answer holds a refusal up for a moment only", async () => {
  const { send, times } = instance(() => new Promise(() => undefined));
  expect(await send()).toBe(401);
  expect(await times(5)).toEqual([401, 401, 401, 401, "blocked for 30"]);
});

test("networks beyond the most that are remembered push out the oldest, and memory stays bounded", async () => {
  const counting = createWrongCredentials({ policy: () => POLICY, count: createTable().count, networksMax: 10 });
  for (let host = 0; host < 50; host += 1)
    await counting.refusal(new GatewayError("invalid_key", "no"), `203.0.113.${host}`);
  expect(counting.size()).toBe(10);
});
