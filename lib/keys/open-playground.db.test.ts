import { afterAll, beforeAll, expect, test } from "vitest";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { readCaller } from "@/lib/keys/caller-store";
import { deleteKey } from "@/lib/keys/delete-key";
import { openPlayground, PLAYGROUND_LIMIT } from "@/lib/keys/open-playground";
import { listKeys } from "@/lib/keys/read-keys";
import { hashSecret } from "@/lib/keys/secret";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import { installDatabaseClock, setDatabaseClock } from "@/lib/testing/database-clock";
import { registerSecret } from "@/lib/testing/leaks";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
let ours: Tenant;
let theirs: Tenant;

beforeAll(async () => {
  database = await useTestDatabase();
  await installDatabaseClock();
  ours = await makeTenant();
  theirs = await makeTenant();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

async function open({ organizationId, projectId, userId }: Pick<Tenant, "organizationId" | "projectId" | "userId">) {
  const opened = await openPlayground({
    organizationId,
    projectId,
    person: { id: userId, name: "Ada" },
    address: null,
  });
  registerSecret(opened.secret);
  return opened;
}

const callerOf = (secret: string) => readCaller(hashSecret(secret));
const HOUR_MS = 3_600_000;

test("opens a live key of the project that may only call models, for an hour, within a daily limit", async () => {
  const before = Date.now();
  const { secret, expiresAt } = await open(ours);
  const caller = await callerOf(secret);
  expect(caller).toMatchObject({
    projectId: ours.projectId,
    keyName: "Playground (Ada)",
    environment: "live",
    scopes: ["completions:write"],
    validUntil: Date.parse(expiresAt),
  });
  expect(Date.parse(expiresAt) - before).toBeLessThanOrEqual(HOUR_MS + 60_000);
  const { rows } = await pool().query('SELECT "limit", period FROM meter WHERE subject_id = $1', [caller?.keyId]);
  expect(rows).toEqual([{ limit: PLAYGROUND_LIMIT, period: "daily" }]);
});

test("is one key and one meter for each person, however many pages open it at once", async () => {
  const tenant = await makeTenant();
  const opened = await Promise.all(Array.from({ length: 5 }, () => open(tenant)));
  const { rows } = await pool().query("SELECT id FROM api_key WHERE project_id = $1 AND kind = 'playground'", [
    tenant.projectId,
  ]);
  expect(rows).toHaveLength(1);
  const meters = await pool().query("SELECT id FROM meter WHERE subject_id = $1", [rows[0]?.id]);
  expect(meters.rows).toHaveLength(1);
  const alive = await Promise.all(opened.map(({ secret }) => callerOf(secret)));
  expect(alive.filter((caller) => caller !== null)).toHaveLength(2);
});

test("leaves the page before it working until its own hour ends, and ends all older ones at once", async () => {
  const tenant = await makeTenant();
  const [first, second] = [await open(tenant), await open(tenant)];
  const version = (await callerOf(first.secret))?.version ?? 0n;
  const third = await open(tenant);
  expect(await callerOf(first.secret)).toBeNull();
  expect(await callerOf(second.secret)).toMatchObject({ validUntil: Date.parse(second.expiresAt) });
  expect((await callerOf(third.secret))?.version).toBeGreaterThan(version);
  await setDatabaseClock(new Date(Date.now() - 2 * HOUR_MS));
  const old = await open(await makeTenant());
  await setDatabaseClock(new Date());
  expect(await callerOf(old.secret)).toBeNull();
});

test("tells the newest of its secrets by the database's clock, whatever those of instances say", async () => {
  const tenant = await makeTenant();
  const first = await open(tenant);
  // An instance whose clock is a day ahead made it.
  await pool().query("UPDATE api_key_secret SET created_at = created_at + interval '1 day' WHERE hash = $1", [
    hashSecret(first.secret),
  ]);
  const second = await open(tenant);
  const third = await open(tenant);
  expect(await callerOf(first.secret)).toBeNull();
  expect(await callerOf(second.secret)).not.toBeNull();
  expect(await callerOf(third.secret)).not.toBeNull();
});

test("is in no list and can be changed by nobody", async () => {
  const { secret } = await open(ours);
  const keyId = (await callerOf(secret))?.keyId ?? "";
  expect((await listKeys(ours.projectId)).map(({ id }) => id)).toEqual([ours.keyId]);
  const deletion = deleteKey({ organizationId: ours.organizationId, keyId, actor: { userId: ours.userId } });
  await expect(deletion).rejects.toMatchObject({ code: "not_found" });
});

test("is refused to strangers, and in a project of another organisation", async () => {
  const mine = { organizationId: ours.organizationId, userId: ours.userId };
  await expect(open({ ...ours, userId: theirs.userId })).rejects.toMatchObject({ code: "not_found" });
  await expect(open({ ...mine, projectId: theirs.projectId })).rejects.toMatchObject({ code: "not_found" });
});

test("leaves no secret in the audit trail", async () => {
  const { secret } = await open(ours);
  const { rows } = await pool().query("SELECT * FROM audit_event WHERE organization_id = $1", [ours.organizationId]);
  expect(
    JSON.stringify(rows, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
  ).not.toContain(secret);
});
