import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { HOLD_SECONDS } from "@/lib/gateway/holds";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { DEFAULT_SCOPES } from "@/lib/keys/scopes";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  installDatabaseClock,
  readDatabaseClock,
  setDatabaseClock,
  stopDatabaseClock,
} from "@/lib/testing/database-clock";
import { ask, chatBody, startDoor, startDoors, untilSettled } from "@/lib/testing/gateway";
import { registerSecret } from "@/lib/testing/leaks";
import { openUpstream } from "@/lib/testing/open-doors";
import type { RunningServer } from "@/lib/testing/server";
import { useTestDatabase } from "@/lib/testing/test-database";

/*
 * Instances have clocks of their own, which differ; the database's decides. So here it stands apart from theirs, and each
 * request is judged by the time that its admission read there.
 */

const MINUTE_MS = 60_000;

const upstream = openUpstream();
let database: ScratchDatabase;
let instances: readonly RunningServer[];
let tenant: Tenant;

beforeAll(async () => {
  database = await useTestDatabase();
  await installDatabaseClock();
  const [doors, another] = await Promise.all([
    startDoors(database.url, upstream.url),
    startDoor("server", database.url, upstream.url),
  ]);
  instances = [doors.server, doors.next, another];
  tenant = await makeTenant({ mode: "credits", scopes: [...DEFAULT_SCOPES, "admin:*"] });
  // A hold's deadline is the admission's own time and so much more.
  await pool().query(`
    CREATE TABLE admission_time (request_id text PRIMARY KEY, api_key_id text NOT NULL, at timestamptz NOT NULL);
    CREATE FUNCTION note_admission() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO admission_time VALUES (NEW.request_id, NEW.api_key_id, NEW.deadline - interval '${HOLD_SECONDS} seconds');
      RETURN NULL;
    END $$;
    CREATE TRIGGER note_admission AFTER INSERT ON hold FOR EACH ROW EXECUTE FUNCTION note_admission()`);
  // Next loads a route at its first request.
  for (const server of instances)
    expect((await ask(server, { secret: tenant.secret, body: chatBody() })).status).toBe(200);
});

afterAll(async () => {
  await Promise.all((instances ?? []).map((server) => server.stop()));
  await closeDatabase();
  await database?.drop();
});

interface Seen {
  id: string;
  answeredAt: number;
  status: number;
  json: unknown;
  retryAfter: string | null;
}

/** One call, dealt to one of the first `count` instances. */
async function callOne(secret: string, index: number, count: number): Promise<Seen> {
  const server = instances[index % count];
  if (!server) throw new Error("there are not so many instances");
  const { status, headers, json } = await ask(server, { secret, body: chatBody({ stream: index % 4 > 1 }) });
  return {
    id: headers.get("x-request-id") ?? "",
    answeredAt: performance.now(),
    status,
    json,
    retryAfter: headers.get("retry-after"),
  };
}

/** So many calls may be unanswered: a machine that is too slow for the pace is offered less, and not buried. */
const UNANSWERED = 40;

/** Calls at a steady pace until it is over, dealt out over the first `count` instances, whatever becomes of the calls before. */
async function offer(secret: string, perSecond: number, count: number, isOver: () => boolean): Promise<Seen[]> {
  const calls: Promise<Seen>[] = [];
  let answered = 0;
  const begin = performance.now();
  for (let past = 0; !isOver(); past = performance.now() - begin) {
    while (calls.length <= (past / 1_000) * perSecond && calls.length - answered < UNANSWERED) {
      const call = callOne(secret, calls.length, count);
      calls.push(call);
      const onAnswer = () => {
        answered += 1;
      };
      call.then(onAnswer, onAnswer);
    }
    await sleep(5);
  }
  return Promise.all(calls);
}

/** When each request of a key was admitted, by the database's clock. */
async function admissionsOf(keyId: string): Promise<Map<string, number>> {
  const { rows } = await pool().query<{ request_id: string; at: Date }>(
    "SELECT request_id, at FROM admission_time WHERE api_key_id = $1",
    [keyId],
  );
  return new Map(rows.map(({ request_id: id, at }) => [id, at.getTime()]));
}

const waits = (seen: readonly Seen[]) => [
  ...new Set(seen.flatMap(({ retryAfter }) => (retryAfter === null ? [] : [retryAfter]))),
];
const statuses = (seen: readonly Seen[]) => [...new Set(seen.map(({ status }) => status))];

/** Of load before a rotation, and after the end of its grace. */
const BEFORE_MS = 400;
const AFTER_MS = 500;
const GRACE_SECONDS = 3;

function oneOf(servers: readonly RunningServer[]): RunningServer {
  const [first] = servers;
  if (!first) throw new Error("there is no instance");
  return first;
}

describe.each([
  { database: "behind the instances'", skewMs: -5 * MINUTE_MS },
  { database: "ahead of the instances'", skewMs: 5 * MINUTE_MS },
])("with the database's clock $database", ({ skewMs }) => {
  test(`a rotation with ${GRACE_SECONDS} s of grace under 100 requests a second on two instances fails nobody before its end, and the old secret serves nobody after it`, async () => {
    const { key, secret: old } = await addKey(tenant);
    await setDatabaseClock(new Date(Date.now() + skewMs));
    // By this process's monotonic clock; known once the rotation has been answered.
    let endsAt = Number.POSITIVE_INFINITY;
    const byOldSoon = offer(old, 100, 2, () => performance.now() > endsAt + AFTER_MS);
    await sleep(BEFORE_MS);
    const askedAt = (await readDatabaseClock()).getTime();
    const rotated = await ask(oneOf(instances), {
      path: `/v1/keys/${key.id}/rotate`,
      secret: tenant.secret,
      body: { grace_period_seconds: GRACE_SECONDS },
    });
    const { key: fresh } = z.object({ key: z.string() }).parse(rotated.json);
    registerSecret(fresh);
    const byFreshSoon = offer(fresh, 50, 2, () => performance.now() > endsAt);
    const { rows } = await pool().query<{ expires_at: Date }>(
      "SELECT expires_at FROM api_key_secret WHERE api_key_id = $1 AND expires_at IS NOT NULL",
      [key.id],
    );
    const end = rows[0]?.expires_at.getTime() ?? 0;
    const readAt = performance.now();
    const read = (await readDatabaseClock()).getTime();
    // Not later than it really was.
    endsAt = readAt + end - read;
    const [byOld, byFresh] = await Promise.all([byOldSoon, byFreshSoon]);

    expect(end - GRACE_SECONDS * 1_000).toBeGreaterThanOrEqual(askedAt);
    expect(end - GRACE_SECONDS * 1_000).toBeLessThanOrEqual(read);
    const admitted = await admissionsOf(key.id);
    expect(statuses(byFresh)).toEqual([200]);
    const served = byOld.filter(({ status }) => status === 200);
    const refused = byOld.filter(({ status }) => status !== 200);
    expect(refused.filter(({ answeredAt }) => answeredAt < endsAt)).toEqual([]);
    expect(served.filter(({ id }) => (admitted.get(id) ?? Number.POSITIVE_INFINITY) >= end)).toEqual([]);
    // It was served during the grace, and tried after it.
    expect(Math.max(...served.map(({ id }) => admitted.get(id) ?? 0))).toBeGreaterThan(end - GRACE_SECONDS * 1_000);
    expect(refused.length).toBeGreaterThan(0);
    // An admission that found it over says so, one that looked for it afterwards does not find it.
    for (const { json } of refused)
      expect(json).toMatchObject({
        status: 401,
        error: { code: expect.stringMatching(/^(?:invalid_key|key_expired)$/) },
      });
    await untilSettled();
  });
});

const RATE = 60;
/** Of 200 in a minute: what is offered while it begins, in its middle and at its end. */
const OFFERED = { across: 50, middle: 100, end: 50 };

test("60 requests a minute on three instances at 200 offered are exactly 60 served in each minute of the database's clock", async () => {
  const { key, secret } = await addKey(tenant, { rateLimitRpm: RATE });
  const first = (Math.floor(Date.now() / MINUTE_MS) + 10) * MINUTE_MS;
  const at = (window: number, second: number) => new Date(first + window * MINUTE_MS + second * 1_000);
  const burst = (calls: number) =>
    Promise.all(Array.from({ length: calls }, (_, index) => callOne(secret, index, instances.length)));
  const seen: Seen[] = [];
  await stopDatabaseClock(at(0, 1));
  for (const window of [0, 1, 2]) {
    // What the last minute has left is nothing; while this goes on, the next one begins.
    const acrossTheBoundary = burst(OFFERED.across);
    await stopDatabaseClock(at(window, 10));
    seen.push(...(await acrossTheBoundary));
    const inTheMiddle = await burst(OFFERED.middle);
    await stopDatabaseClock(at(window, 59.5));
    const atItsEnd = await burst(OFFERED.end);
    seen.push(...inTheMiddle, ...atItsEnd);
    // Told to wait until the minute is over, by that clock.
    expect(waits(inTheMiddle)).toEqual(["50"]);
    expect(waits(atItsEnd)).toEqual(["1"]);
  }
  const admitted = await admissionsOf(key.id);
  const served = seen.filter(({ status }) => status === 200);
  expect(served.map(({ id }) => id).sort()).toEqual([...admitted.keys()].sort());
  const byWindow = new Map<number, number>();
  for (const time of admitted.values()) {
    const window = Math.floor((time - first) / MINUTE_MS);
    byWindow.set(window, (byWindow.get(window) ?? 0) + 1);
  }
  expect([...byWindow].sort(([a], [b]) => a - b)).toEqual([0, 1, 2].map((window) => [window, RATE]));
  for (const { status, json } of seen)
    if (status !== 200) expect([status, json]).toMatchObject([429, { error: { code: "rate_limited" } }]);
  await untilSettled();
});
