import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "@/lib/core/ids";
import { formatUsd } from "@/lib/core/money";
import { closeDatabase, pool, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";
import { readBreakdown, readBreakdownLines } from "@/lib/usage/breakdown";
import { rollUpPast, sumBreakdown } from "@/lib/usage/rollup-store";
import { type Span, spanOf } from "@/lib/usage/span";

const NOW = new Date("2026-11-21T14:35:10Z");
const MODELS = ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5"];

let database: ScratchDatabase;
let ours: Tenant;
let theirs: Tenant;

beforeAll(async () => {
  database = await useTestDatabase();
  await pool().query("UPDATE rollup_mark SET settled_before = '2026-12-01'");
  ours = await makeTenant();
  theirs = await makeTenant();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

function span(range: "24h" | "30d" | "1y"): Span {
  const found = spanOf({ range, from: "", to: "" }, NOW);
  if (typeof found === "string") throw new Error(found);
  return found;
}

/** A receipt for every hour from one time up to another, with 3 tokens and 7 nano-dollars each, settled and rolled up. */
async function fillHours(
  { organizationId, projectId, keyId }: Pick<Tenant, "organizationId" | "projectId" | "keyId">,
  from: string,
  to: string,
  { model = "gpt-4o", environment = "live", status = 200, endUserId = null as string | null } = {},
): Promise<number> {
  const { rowCount } = await pool().query(
    `INSERT INTO request (id, created_at, organization_id, project_id, api_key_id, environment, provider, model, end_user_id, endpoint, outcome, status, requested_model, prompt_tokens, completion_tokens, hold, cost, settled_at)
     SELECT 'gen_' || gen_random_uuid(), hour, $1, $2, $3, $7::"KeyEnvironment", 'openai', $6, $9, 'chat/completions', 'settled', $8, $6, 1, 2, 7, 7, '2026-01-01'
     FROM generate_series($4::timestamptz, $5::timestamptz - interval '1 hour', interval '1 hour') AS hour`,
    [organizationId, projectId, keyId, from, to, model, environment, status, endUserId],
  );
  return rowCount ?? 0;
}

test("counts each hour of the span once, and none before, after or of anybody else", async () => {
  const inside = await fillHours(ours, "2026-10-23T00:00:00Z", "2026-11-22T00:00:00Z");
  await fillHours(ours, "2026-10-22T20:00:00Z", "2026-10-23T00:00:00Z");
  await fillHours(ours, "2026-11-22T00:00:00Z", "2026-11-22T04:00:00Z");
  await fillHours(theirs, "2026-10-23T00:00:00Z", "2026-11-22T00:00:00Z");
  await rollUpPast(ours.projectId, 10_000);
  await rollUpPast(theirs.projectId, 10_000);
  const wish = { organizationId: ours.organizationId, projectId: ours.projectId, span: span("30d") } as const;
  const { total, buckets, series } = await readBreakdown({ ...wish, by: "model", measure: "requests" });
  expect(total).toEqual({
    requests: inside,
    errors: 0,
    promptTokens: inside,
    completionTokens: 2 * inside,
    cost: formatUsd(BigInt(inside) * 7n),
  });
  expect(buckets).toHaveLength(30);
  expect(series[0]?.values).toEqual(Array.from({ length: 30 }, () => "24"));

  const stranger = { ...wish, organizationId: theirs.organizationId };
  expect((await readBreakdown({ ...stranger, by: "model", measure: "requests" })).groups).toEqual([]);
});

test("a year of every hour, by key, comes in one answer that is small enough to draw", async () => {
  const tenant = await makeTenant();
  const { key: second } = await addKey(tenant);
  const { key: trial } = await addKey(tenant, { environment: "test" });
  for (const model of MODELS) {
    await fillHours(tenant, "2025-11-22T00:00:00Z", "2026-11-22T00:00:00Z", { model });
    await fillHours({ ...tenant, keyId: second.id }, "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z", {
      model,
      status: 502,
    });
  }
  await fillHours({ ...tenant, keyId: trial.id }, "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z", {
    environment: "test",
  });
  const { organizationId, projectId } = tenant;
  await rollUpPast(projectId, 10_000);
  const { buckets, groups } = await readBreakdown({
    organizationId,
    projectId,
    by: "key",
    measure: "cost",
    span: span("1y"),
  });
  expect(buckets).toHaveLength(53);
  expect(groups).toMatchObject([
    { group: tenant.keyId, name: "test key", requests: 3 * 365 * 24, errors: 0 },
    { group: second.id, requests: 72, errors: 72, cost: "0.000000504" },
    { group: trial.id, requests: 24, cost: "0.00" },
  ]);
  const lines = await readBreakdownLines({ organizationId, projectId, by: "key", span: span("1y") });
  expect(lines.reduce((sum, { requests }) => sum + requests, 0)).toBe(3 * 365 * 24 + 72 + 24);
});

test("a key of another project is no name that one can read", async () => {
  const tenant = await makeTenant();
  await fillHours({ ...tenant, keyId: theirs.keyId }, "2026-11-21T00:00:00Z", "2026-11-21T05:00:00Z");
  await rollUpPast(tenant.projectId, 10_000);
  const { groups } = await readBreakdown({
    organizationId: tenant.organizationId,
    projectId: tenant.projectId,
    by: "key",
    measure: "cost",
    span: span("24h"),
  });
  expect(groups).toMatchObject([{ group: theirs.keyId, name: null, requests: 5 }]);
});

test("by project, member and end user it names those of the organisation, and lists the largest with the others as one", async () => {
  const tenant = await makeTenant();
  const second = await prisma().project.create({
    data: { id: newId("prj"), organizationId: tenant.organizationId, name: "Second" },
  });
  const customer = await prisma().endUser.create({
    data: { id: newId("eu"), organizationId: tenant.organizationId, externalId: "customer-7" },
  });
  await fillHours(tenant, "2026-11-20T00:00:00Z", "2026-11-20T05:00:00Z", { endUserId: customer.id });
  await fillHours(tenant, "2026-11-20T05:00:00Z", "2026-11-20T07:00:00Z", { endUserId: "eu_of_somebody_else" });
  await fillHours({ ...tenant, projectId: second.id }, "2026-11-20T00:00:00Z", "2026-11-20T03:00:00Z");
  await rollUpPast(tenant.projectId, 10_000);
  await rollUpPast(second.id, 10_000);
  const wish = { organizationId: tenant.organizationId, projectId: tenant.projectId, span: span("30d") } as const;
  const by = async (what: "project" | "member" | "user") =>
    (await readBreakdown({ ...wish, by: what, measure: "requests" })).groups;
  expect(await by("project")).toMatchObject([
    { group: tenant.projectId, requests: 7 },
    { name: "Second", requests: 3 },
  ]);
  expect(await by("member")).toMatchObject([{ group: tenant.userId, name: "Test", requests: 7 }]);
  expect(await by("user")).toMatchObject([
    { name: "customer-7", requests: 5 },
    { group: "eu_of_somebody_else", name: null, requests: 2 },
  ]);
  const { rows, groups } = await sumBreakdown({ ...wish.span, ...wish, by: "user" }, { largest: "cost", limit: 1 });
  expect(groups).toBe(2);
  expect(rows.map(({ group, requests }) => [group, requests])).toEqual([
    [customer.id, 5n],
    [null, 2n],
  ]);
});

test("a year is the same in weeks, whose ends are no Mondays, as in days", async () => {
  const tenant = await makeTenant();
  await fillHours(tenant, "2025-11-21T00:00:00Z", "2025-12-03T00:00:00Z");
  await fillHours(tenant, "2026-11-10T00:00:00Z", "2026-11-23T00:00:00Z");
  await rollUpPast(tenant.projectId, 10_000);
  const wish = {
    organizationId: tenant.organizationId,
    projectId: tenant.projectId,
    by: "model",
    measure: "requests",
  } as const;
  const weeks = await readBreakdown({ ...wish, span: span("1y") });
  const days = await readBreakdown({ ...wish, span: { ...span("1y"), size: "day" } });
  expect(weeks.total).toEqual(days.total);
  expect(weeks.total.requests).toBe((11 + 12) * 24);
  expect(weeks.series[0]?.values.slice(0, 3)).toEqual(["48", "168", "48"]);
});
