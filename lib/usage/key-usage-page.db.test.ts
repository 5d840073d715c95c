import { afterAll, beforeAll, expect, test } from "vitest";
import { listTrail } from "@/lib/audit/list-trail";
import { newId } from "@/lib/core/ids";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";
import { readKeyEndpoints, readKeyModels } from "@/lib/usage/key-breakdown";
import { readKeyTrends, TREND_DAYS } from "@/lib/usage/key-trends";
import { spanOf } from "@/lib/usage/span";

const HOUR_MS = 3_600_000;

let database: ScratchDatabase;
let ours: Tenant;
let theirs: Tenant;
let second: string;

beforeAll(async () => {
  database = await useTestDatabase();
  ours = await makeTenant();
  theirs = await makeTenant();
  second = (await addKey(ours)).key.id;
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

const span = () => {
  const found = spanOf({ range: "24h", from: "", to: "" }, new Date());
  if (typeof found === "string") throw new Error(found);
  return found;
};

/** A receipt, as a settle leaves it. */
async function receipt(of: Tenant, keyId: string, endpoint: string, status = 200): Promise<void> {
  await pool().query(
    `INSERT INTO request (id, created_at, organization_id, project_id, api_key_id, environment, endpoint, outcome, status, requested_model, prompt_tokens, completion_tokens, hold, cost)
     VALUES ($1, clock_timestamp(), $2, $3, $4, 'live', $5, 'settled', $6, 'gpt-4o', 1, 2, 7, 7)`,
    [newId("gen"), of.organizationId, of.projectId, keyId, endpoint, status],
  );
}

async function hour(of: Tenant, keyId: string, ageHours: number, requests: number): Promise<void> {
  await pool().query(
    `INSERT INTO usage_hour (hour, organization_id, project_id, api_key_id, environment, provider, model, requests, cost)
     VALUES (date_bin('1 hour', now() - make_interval(hours => $4::int), 'epoch'::timestamptz), $1, $2, $3, 'live', 'openai', 'gpt-4o', $5, 7)`,
    [of.organizationId, of.projectId, keyId, ageHours, requests],
  );
}

test("a key's usage by endpoint is that of its own receipts, the newest where there are too many", async () => {
  for (const endpoint of ["chat/completions", "chat/completions", "messages"])
    await receipt(ours, ours.keyId, endpoint);
  await receipt(ours, ours.keyId, "embeddings", 502);
  await receipt(ours, second, "responses");
  const wish = { projectId: ours.projectId, keyId: ours.keyId, span: span(), measure: "requests" } as const;
  const { groups, total } = await readKeyEndpoints(wish);
  expect(groups.map(({ group, requests, errors }) => [group, requests, errors])).toEqual([
    ["chat/completions", 2, 0],
    ["embeddings", 1, 1],
    ["messages", 1, 0],
  ]);
  expect(total).toMatchObject({ requests: 4, promptTokens: 4, completionTokens: 8 });
  expect((await readKeyEndpoints(wish, 2)).total.requests).toBe(2);
  expect((await readKeyEndpoints({ ...wish, projectId: theirs.projectId })).groups).toEqual([]);
});

test("a breakdown of one key holds nothing of its neighbours", async () => {
  await hour(ours, ours.keyId, 1, 5);
  await hour(ours, second, 1, 11);
  const wish = {
    organizationId: ours.organizationId,
    projectId: ours.projectId,
    keyId: ours.keyId,
    span: span(),
    measure: "requests",
  } as const;
  expect((await readKeyModels(wish)).total.requests).toBe(5);
  expect((await readKeyModels({ ...wish, keyId: second })).total.requests).toBe(11);
  const { organizationId } = theirs;
  expect((await readKeyModels({ ...wish, organizationId })).total.requests).toBe(0);
});

test("trends count the last fourteen UTC days of each key of one project", async () => {
  const now = new Date();
  const third = (await addKey(ours)).key.id;
  const untilMidnight = Math.ceil((now.getTime() % (24 * HOUR_MS)) / HOUR_MS);
  await hour(ours, third, 0, 3);
  await hour(ours, third, untilMidnight + 1, 4);
  await hour(ours, third, 24 * TREND_DAYS + 1, 100);
  await hour(theirs, theirs.keyId, 0, 50);
  const trends = await readKeyTrends(ours, now);
  expect(trends[third]).toHaveLength(TREND_DAYS);
  expect(trends[third]?.slice(-2)).toEqual([4, 3]);
  expect(trends[third]?.slice(0, -2).every((calls) => calls === 0)).toBe(true);
  expect(trends).not.toHaveProperty(theirs.keyId);
  expect(await readKeyTrends({ ...ours, organizationId: theirs.organizationId }, now)).toEqual({});
});

test("the history of a key is its own, page by page, and nobody else's", async () => {
  const actor = { userId: ours.userId };
  const { organizationId, keyId } = ours;
  for (const status of ["inactive", "active", "inactive"] as const)
    await setKeyStatus({ organizationId, keyId, status, actor });
  await setKeyStatus({ organizationId, keyId: second, status: "inactive", actor });
  const filters = { target: `key:${keyId}` };
  const first = await listTrail({ organizationId, limit: 3, filters });
  const rest = await listTrail({ organizationId, limit: 3, before: first.next, filters });
  const actions = [...first.rows, ...rest.rows].map(({ action }) => action);
  expect(actions).toEqual(["key.disable", "key.enable", "key.disable", "key.create"]);
  expect(rest.next).toBeNull();
  expect((await listTrail({ organizationId: theirs.organizationId, limit: 3, filters })).rows).toEqual([]);
});
