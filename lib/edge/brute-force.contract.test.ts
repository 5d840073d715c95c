import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeDatabase } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { generateSecret } from "@/lib/keys/secret";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { makeTenant } from "@/lib/testing/builders";
import { type Answer, ask, type Call, chatBody, DOORS, startDoors } from "@/lib/testing/gateway";
import type { Door, RunningServer } from "@/lib/testing/server";
import { useTestDatabase } from "@/lib/testing/test-database";

/** The tests are a trusted proxy, and say whom they come from. */
let behindProxy: Record<Door, RunningServer>;
/** Nobody is trusted. */
let direct: Record<Door, RunningServer>;
let database: ScratchDatabase;

const MASTER_KEY = "a master key for tests, of some length".replaceAll(" ", "-");
const WRONG_CHECKSUM = `tp_live_${"0".repeat(38)}`;

beforeAll(async () => {
  database = await useTestDatabase();
  const env = { BRUTE_FORCE_ENABLED: "true", GATEWAY_MASTER_KEY: MASTER_KEY };
  [behindProxy, direct] = await Promise.all([
    startDoors(database.url, "http://127.0.0.1:9/v1", { ...env, TRUSTED_PROXIES: "127.0.0.1" }),
    startDoors(database.url, "http://127.0.0.1:9/v1", env),
  ]);
});

afterAll(async () => {
  await Promise.all([behindProxy, direct].flatMap((doors) => Object.values(doors ?? {}).map((door) => door.stop())));
  await closeDatabase();
  await database?.drop();
});

let hosts = 0;
/** An address that nothing has come from yet. */
function newAddress(): string {
  hosts += 1;
  return `203.0.113.${hosts}`;
}

function from(door: RunningServer, address: string, call: Call): Promise<Answer> {
  return ask(door, { path: "/v1/models", ...call, headers: { ...call.headers, "x-forwarded-for": address } });
}

async function statuses(count: number, call: () => Promise<Answer>): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < count; index += 1) found.push((await call()).status);
  return found;
}

function expectBlocked({ status, headers, json }: Answer): void {
  expect(status).toBe(429);
  const seconds = Number(headers.get("retry-after"));
  expect(seconds).toBeGreaterThan(20);
  expect(seconds).toBeLessThanOrEqual(30);
  expect(json).toMatchObject({
    status: 429,
    error: { type: "rate_limit_error", code: "too_many_failures", metadata: { retry_after_seconds: seconds } },
  });
}

describe.each(DOORS)("guessing at keys through the %s door", (name) => {
  test("is 401 five times, then 429 that says how long, for a wrong checksum, an unknown key and no form at all", async () => {
    const door = behindProxy[name];
    for (const secret of [WRONG_CHECKSUM, "no-key-at-all", generateSecret("live").secret]) {
      const address = newAddress();
      expect(await statuses(5, () => from(door, address, { secret }))).toEqual([401, 401, 401, 401, 401]);
      expectBlocked(await from(door, address, { secret }));
      expectBlocked(await from(door, address, {}));
      expectBlocked(await from(door, address, { secret, body: chatBody(), path: "/v1/chat/completions" }));
      expect((await from(door, newAddress(), { secret })).status).toBe(401);
    }
  });

  test("says in Anthropic's dialect how long it lasts", async () => {
    const [door, address] = [behindProxy[name], newAddress()];
    const call = { path: "/v1/messages", body: chatBody(), headers: { "x-api-key": WRONG_CHECKSUM } };
    await statuses(5, () => from(door, address, call));
    const { status, json } = await from(door, address, call);
    expect(status).toBe(429);
    expect(json).toMatchObject({
      type: "error",
      error: { type: "rate_limit_error", retry_after_seconds: expect.any(Number) },
    });
  });

  test("does not keep a key that verifies from being served, which does not clear the record", async () => {
    const [door, address] = [behindProxy[name], newAddress()];
    const { secret } = await makeTenant();
    await statuses(5, () => from(door, address, { secret: WRONG_CHECKSUM }));
    expect((await from(door, address, { secret })).status).toBe(200);
    expect((await from(door, address, { secret: MASTER_KEY, path: "/v1/projects" })).status).toBe(200);
    expectBlocked(await from(door, address, { secret: WRONG_CHECKSUM }));
  });

  test("is not what somebody does who has no key, or one that is disabled", async () => {
    const [door, address] = [behindProxy[name], newAddress()];
    const owner = await makeTenant();
    await setKeyStatus({ ...owner, status: "inactive", actor: { userId: owner.userId } });
    expect(await statuses(6, () => from(door, address, {}))).toEqual(Array(6).fill(401));
    expect(await statuses(6, () => from(door, address, { secret: owner.secret }))).toEqual(Array(6).fill(401));
    expect((await from(door, address, { secret: WRONG_CHECKSUM })).status).toBe(401);
  });

  test("counts for the master key of the management API too", async () => {
    const [door, address] = [behindProxy[name], newAddress()];
    const call = { secret: `${MASTER_KEY}x`, path: "/api/v1/keys" };
    expect(await statuses(6, () => from(door, address, call))).toEqual([401, 401, 401, 401, 401, 429]);
  });

  test("counts by /64 of an IPv6 address", async () => {
    const door = behindProxy[name];
    const network = `2001:db8:${name === "server" ? 1 : 2}:1`;
    for (let host = 1; host <= 5; host += 1)
      expect((await from(door, `${network}::${host}`, { secret: WRONG_CHECKSUM })).status).toBe(401);
    expectBlocked(await from(door, `${network}:ffff::9`, { secret: WRONG_CHECKSUM }));
  });

  test("sent all at once is counted one by one", async () => {
    const [door, address] = [behindProxy[name], newAddress()];
    const { secret } = generateSecret("live");
    const answers = await Promise.all(Array.from({ length: 25 }, () => from(door, address, { secret })));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
  });
});

test("two instances on one database count together, and each knows the other's blocks at once", async () => {
  const address = newAddress();
  const secret = WRONG_CHECKSUM;
  expect(await statuses(3, () => from(behindProxy.server, address, { secret }))).toEqual([401, 401, 401]);
  expect(await statuses(2, () => from(behindProxy.next, address, { secret }))).toEqual([401, 401]);
  expectBlocked(await from(behindProxy.server, address, { secret }));
  expectBlocked(await from(behindProxy.next, address, { secret }));
});

test("security: whoever is no trusted proxy cannot choose the address that is counted, at either door", async () => {
  const guess = (door: RunningServer) => from(door, newAddress(), { secret: WRONG_CHECKSUM });
  expect(await statuses(3, () => guess(direct.next))).toEqual([401, 401, 401]);
  expect(await statuses(2, () => guess(direct.server))).toEqual([401, 401]);
  expectBlocked(await guess(direct.server));
  expectBlocked(await guess(direct.next));
});
