import { afterAll, beforeAll, expect, test } from "vitest";
import { formatUsd } from "@/lib/core/money";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";
import { readBreakdown, readBreakdownLines } from "@/lib/usage/breakdown";
import { type Span, spanOf } from "@/lib/usage/span";

const NOW = new Date("2026-11-21T14:35:10Z");
const MODELS = ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5"];

let database: ScratchDatabase;
let ours: Tenant;
let theirs: Tenant;

beforeAll(async () => {
  database = await useTestDatabase();
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

/** A row for every hour from one time up to another, with one request, 3 tokens and 7 nano-dollars each. */
async function fillHours(
  { organizationId, projectId, keyId }: Pick<Tenant, "organizationId" | "projectId" | "keyId">,
  from: string,
  to: string,
  { model = "gpt-4o", environment = "live", errors = 0 } = {},
): Promise<number> {
  const { rowCount } = await pool().query(
    `INSERT INTO usage_hour (hour, organization_id, project_id, api_key_id, environment, provider, model, requests, errors, prompt_tokens, completion_tokens, cost)
     SELECT hour, $1, $2, $3, $7::"KeyEnvironment", 'openai', $6, 1, $8, 1, 2, 7
     FROM generate_series($4::timestamptz, $5::timestamptz - interval '1 hour', interval '1 hour') AS hour`,
    [organizationId, projectId, keyId, from, to, model, environment, errors],
  );
  return rowCount ?? 0;
}

test("counts each hour of the span once, and none before, after or of anybody else", async () => {
  const inside = await fillHours(ours, "2026-10-23T00:00:00Z", "2026-11-22T00:00:00Z");
  await fillHours(ours, "2026-10-22T20:00:00Z", "2026-10-23T00:00:00Z");
  await fillHours(ours, "2026-11-22T00:00:00Z", "2026-11-22T04:00:00Z");
  await fillHours(theirs, "2026-10-23T00:00:00Z", "2026-11-22T00:00:00Z");
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
      errors: 1,
    });
  }
  await fillHours({ ...tenant, keyId: trial.id }, "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z", {
    environment: "test",
  });
  const { organizationId, projectId } = tenant;
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
  const { groups } = await readBreakdown({
    organizationId: tenant.organizationId,
    projectId: tenant.projectId,
    by: "key",
    measure: "cost",
    span: span("24h"),
  });
  expect(groups).toMatchObject([{ group: theirs.keyId, name: null, requests: 5 }]);
});
