import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "@/lib/core/ids";
import { signUp } from "@/lib/identity/sign-up";
import { closeDatabase, pool, prisma } from "@/lib/infra/db";
import { Prisma } from "@/lib/infra/prisma-client/client";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { createKey } from "@/lib/keys/create-key";
import { useTestDatabase } from "@/lib/testing/test-database";
import { toCursor } from "@/lib/usage/cursor";
import { readKeyUsage } from "@/lib/usage/key-usage";
import { readOverview } from "@/lib/usage/overview";
import { findRequest, listRequests } from "@/lib/usage/requests";
import { requestPage } from "@/lib/usage/store";

interface Tenant {
  organizationId: string;
  projectId: string;
  keyId: string;
}

let database: ScratchDatabase;
let ours: Tenant;
let theirs: Tenant;

async function tenant(email: string): Promise<Tenant> {
  const { userId, organizationId, projectId } = await signUp({ email, password: "correct horse battery" });
  const { key } = await createKey({
    organizationId,
    projectId,
    name: "CI",
    environment: "live",
    expiresAt: null,
    usageLimit: null,
    usageLimitReset: "none",
    actor: { userId },
  });
  return { organizationId, projectId, keyId: key.id };
}

beforeAll(async () => {
  database = await useTestDatabase();
  ours = await tenant("ours@example.com");
  theirs = await tenant("theirs@example.com");
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

/** Writes one receipt as settle does: its time is the one in its id. */
async function receipt(
  { organizationId, projectId, keyId }: Tenant,
  at: Date,
  changes: { status?: number; model?: string; cost?: bigint | null } = {},
): Promise<string> {
  const id = newId("gen", at.getTime());
  const { status = 200, model = "gpt-4o-mini", cost = 150n } = changes;
  await prisma().request.create({
    data: {
      id,
      createdAt: at,
      organizationId,
      projectId,
      apiKeyId: keyId,
      environment: "live",
      endpoint: "chat/completions",
      outcome: "settled",
      status,
      requestedModel: `openai/${model}`,
      model,
      provider: "openai",
      promptTokens: 12n,
      completionTokens: 34n,
      inputPrice: 150_000_000n,
      hold: 1_000n,
      cost,
      charged: cost ?? 0n,
      billedTo: "credits",
      attempts: [{ provider: "openai", model, status, outcome: "served", error: null, durationMs: 7 }],
      refusal: { limit: "5.00" },
      latencyMs: 42,
    },
  });
  return id;
}

describe("the log", () => {
  test("is read page by page, newest first, without a gap or a repeat, also within one millisecond", async () => {
    const same = new Date("2026-11-21T12:00:00.500Z");
    const times = [...Array(7).fill(same), new Date("2026-11-21T12:00:00.499Z"), new Date("2026-11-20T08:00:00Z")];
    const made: string[] = [];
    for (const at of times) made.push(await receipt(ours, at));
    await receipt(theirs, same);
    const seen: string[] = [];
    let before: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listRequests>> = await listRequests({
        projectId: ours.projectId,
        before,
        limit: 2,
      });
      expect(page.rows.length).toBeLessThanOrEqual(2);
      seen.push(...page.rows.map(({ id }) => id));
      before = page.next;
    } while (before !== null);
    expect(seen).toHaveLength(made.length);
    expect(new Set(seen)).toEqual(new Set(made));
    expect(seen.at(-1)).toBe(made.at(-1));
    expect(seen.at(-2)).toBe(made.at(-2));
  });

  test("shows amounts as exact decimal strings, a missing price as null, and the key's name", async () => {
    const at = new Date("2026-11-21T13:00:00Z");
    const free = await receipt(ours, at, { cost: null });
    const { rows } = await listRequests({ projectId: ours.projectId, limit: 50 });
    expect(rows.find(({ id }) => id === free)).toMatchObject({
      createdAt: at.toISOString(),
      keyName: "CI",
      cost: null,
      charged: "0.00",
      promptTokens: 12,
      completionTokens: 34,
      latencyMs: 42,
    });
    expect(rows.find(({ cost }) => cost !== null)?.cost).toBe("0.00000015");
  });

  test("is filtered by key, by outcome, and by model in either of its names", async () => {
    const at = new Date("2026-11-21T14:00:00Z");
    const failed = await receipt(ours, at, { status: 502, model: "o3" });
    const ids = async (filters: Parameters<typeof listRequests>[0]["filters"]) =>
      (await listRequests({ projectId: ours.projectId, limit: 100, filters })).rows.map(({ id }) => id);
    expect(await ids({ status: "error" })).toEqual([failed]);
    expect(await ids({ status: "ok" })).not.toContain(failed);
    expect(await ids({ model: "o3" })).toEqual([failed]);
    expect(await ids({ model: "openai/o3" })).toEqual([failed]);
    expect(await ids({ keyId: ours.keyId, status: "error" })).toEqual([failed]);
    expect(await ids({ keyId: theirs.keyId })).toEqual([]);
  });

  test("refuses a damaged place to start from", async () => {
    await expect(listRequests({ projectId: ours.projectId, before: "x", limit: 10 })).rejects.toMatchObject({
      code: "invalid_fields",
    });
  });
});

describe("a receipt", () => {
  test("is found whole by its own project, and by no other", async () => {
    const id = await receipt(ours, new Date("2026-11-19T10:00:00.123Z"));
    expect(await findRequest({ projectId: ours.projectId, id })).toMatchObject({
      id,
      inputPrice: "0.15",
      outputPrice: null,
      hold: "0.000001",
      attempts: [
        { provider: "openai", model: "gpt-4o-mini", status: 200, outcome: "served", error: null, durationMs: 7 },
      ],
      refusal: { limit: "5.00" },
    });
    expect(await findRequest({ projectId: theirs.projectId, id })).toBeNull();
    expect(await findRequest({ projectId: ours.projectId, id: newId("gen") })).toBeNull();
    expect(await findRequest({ projectId: ours.projectId, id: "../../etc" })).toBeNull();
  });

  test("is found after its attempts were written in a form that nobody knows any more", async () => {
    const id = await receipt(ours, new Date("2026-11-18T10:00:00Z"));
    await prisma().request.updateMany({ where: { id }, data: { attempts: { old: true }, refusal: "text" } });
    expect(await findRequest({ projectId: ours.projectId, id })).toMatchObject({ attempts: [], refusal: null });
  });
});

describe("the overview", () => {
  test("sums today, seven and thirty days by UTC day, and leaves no day out", async () => {
    const { organizationId, projectId, keyId } = theirs;
    const hour = (hourStart: string, requests: bigint, errors: bigint, cost: bigint, provider = "openai") => ({
      hour: new Date(hourStart),
      organizationId,
      projectId,
      apiKeyId: keyId,
      environment: "live" as const,
      provider,
      model: "gpt-4o-mini",
      requests,
      errors,
      promptTokens: 10n,
      completionTokens: 20n,
      cost,
    });
    await prisma().usageHour.createMany({
      data: [
        hour("2026-11-21T00:00:00Z", 3n, 1n, 100n),
        hour("2026-11-21T23:00:00Z", 1n, 0n, 1_000_000_000n),
        hour("2026-11-15T05:00:00Z", 5n, 0n, 10n),
        hour("2026-11-15T05:00:00Z", 2n, 2n, 20n, "simulator"),
        hour("2026-11-14T23:00:00Z", 7n, 0n, 1n),
        hour("2026-10-23T00:00:00Z", 11n, 0n, 1n),
        hour("2026-10-22T23:00:00Z", 100n, 0n, 1n),
      ],
    });
    const overview = await readOverview(projectId, new Date("2026-11-21T15:00:00Z"));
    expect(overview.today).toEqual({
      requests: 4,
      errors: 1,
      promptTokens: 20,
      completionTokens: 40,
      cost: "1.0000001",
    });
    expect(overview.last7Days).toMatchObject({ requests: 11, errors: 3, cost: "1.00000013" });
    expect(overview.last30Days).toMatchObject({ requests: 29, errors: 3 });
    expect(overview.series).toHaveLength(30);
    expect(overview.series[0]).toMatchObject({ day: "2026-10-23", requests: 11 });
    expect(overview.series.at(-1)).toMatchObject({ day: "2026-11-21", requests: 4 });
    expect(overview.series.find(({ day }) => day === "2026-11-10")).toMatchObject({ requests: 0, cost: "0.00" });
    expect((await readOverview(ours.projectId, new Date("2026-11-21T15:00:00Z"))).last30Days.requests).toBe(0);
  });
});

describe("what a key has used", () => {
  test("is summed since ever, and since UTC's day, week from Monday and month, own provider keys apart", async () => {
    const own = await tenant("sums@example.com");
    const hour = (start: string, cost: bigint, byokCost: bigint, keyId = own.keyId, model = "gpt-4o-mini") => ({
      hour: new Date(start),
      organizationId: own.organizationId,
      projectId: own.projectId,
      apiKeyId: keyId,
      environment: "live" as const,
      provider: "openai",
      model,
      cost,
      byokCost,
    });
    await prisma().usageHour.createMany({
      data: [
        hour("2026-11-21T14:00:00Z", 1n, 1n),
        hour("2026-11-21T14:00:00Z", 2n, 0n, own.keyId, "o3"),
        hour("2026-11-21T00:00:00Z", 10n, 4n),
        hour("2026-11-20T23:00:00Z", 100n, 40n),
        hour("2026-11-16T00:00:00Z", 1_000n, 400n),
        hour("2026-11-15T23:00:00Z", 10_000n, 4_000n),
        hour("2026-11-01T00:00:00Z", 100_000n, 40_000n),
        hour("2026-10-31T23:00:00Z", 1_000_000n, 400_000n),
        hour("2026-11-21T14:00:00Z", 7_777n, 7_777n, "key_of_somebody_else"),
      ],
    });
    // A Saturday.
    expect(await readKeyUsage(own, new Date("2026-11-21T15:00:00Z"))).toEqual({
      all: { daily: 13n, weekly: 1_113n, monthly: 111_113n, ever: 1_111_113n },
      byok: { daily: 5n, weekly: 445n, monthly: 44_445n, ever: 444_445n },
    });
    // A Monday that begins a week in the old month.
    expect((await readKeyUsage(own, new Date("2026-11-30T00:00:00Z"))).all).toEqual({
      daily: 0n,
      weekly: 0n,
      monthly: 111_113n,
      ever: 1_111_113n,
    });
    // A week that began in the month before counts whole.
    expect((await readKeyUsage(own, new Date("2026-11-01T12:00:00Z"))).all).toMatchObject({ monthly: 111_113n });
  });

  test("is nothing for a key that was never used, and for another tenant's", async () => {
    const nothing = { daily: 0n, weekly: 0n, monthly: 0n, ever: 0n };
    const fresh = await tenant("fresh@example.com");
    expect(await readKeyUsage(fresh)).toEqual({ all: nothing, byok: nothing });
    expect(await readKeyUsage({ ...fresh, keyId: theirs.keyId })).toEqual({ all: nothing, byok: nothing });
  });
});

/** How many rows a statement looked at, out of its plan. */
function rowsRead(plan: unknown): number {
  if (Array.isArray(plan)) return plan.reduce((sum: number, part) => sum + rowsRead(part), 0);
  if (typeof plan !== "object" || plan === null) return 0;
  const node = new Map<string, unknown>(Object.entries(plan));
  const own = /Scan/.test(String(node.get("Node Type")))
    ? (Number(node.get("Actual Rows")) + Number(node.get("Rows Removed by Filter") ?? 0)) *
      Number(node.get("Actual Loops"))
    : 0;
  return own + rowsRead(node.get("Plan")) + rowsRead(node.get("Plans"));
}

test("a page deep in a long log reads about as many rows as it shows", async () => {
  const { organizationId, projectId, keyId } = await tenant("long@example.com");
  await pool().query(
    `INSERT INTO request (id, created_at, organization_id, project_id, api_key_id, environment, endpoint, outcome, status, requested_model)
     SELECT 'gen_' || lpad(i::text, 22, '0'), '2026-11-21T00:00:00Z'::timestamptz + i * interval '1 ms', $1, $2, $3, 'live', 'chat/completions', 'settled', 200, 'm'
     FROM generate_series(1, 20000) AS i`,
    [organizationId, projectId, keyId],
  );
  await pool().query("ANALYZE request");
  const before = { createdAt: new Date("2026-11-21T00:00:10Z"), id: "gen_z" };
  for (const filters of [{}, { keyId }]) {
    const statement = requestPage(projectId, before, 51, filters);
    const [plan] = await prisma().$queryRaw<unknown[]>(Prisma.sql`EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`);
    const read = rowsRead(Object.values(plan ?? {})[0]);
    expect(read).toBeGreaterThanOrEqual(51);
    expect(read).toBeLessThan(500);
  }
  const page = await listRequests({ projectId, before: toCursor(before), limit: 50 });
  expect(page.rows).toHaveLength(50);
  expect(page.rows[0]?.createdAt).toBe("2026-11-21T00:00:10.000Z");
});
