import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "@/lib/core/ids";
import { signUp } from "@/lib/identity/sign-up";
import { closeDatabase, pool, prisma } from "@/lib/infra/db";
import { Prisma } from "@/lib/infra/prisma-client/client";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { createKey } from "@/lib/keys/create-key";
import { useTestDatabase } from "@/lib/testing/test-database";
import { toCursor } from "@/lib/usage/cursor";
import { exportRequests } from "@/lib/usage/export-requests";
import { rollUp } from "@/lib/usage/keep-rollups";
import { readKeyUsage } from "@/lib/usage/key-usage";
import { readOverview } from "@/lib/usage/overview";
import { findRequest, listRequests } from "@/lib/usage/requests";
import { rollUpPast } from "@/lib/usage/rollup-store";
import { type Span, spanOf } from "@/lib/usage/span";
import { requestPage, SCAN_ROWS } from "@/lib/usage/store";

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
  changes: {
    status?: number;
    model?: string;
    provider?: string;
    cost?: bigint | null;
    endUserId?: string;
    latencyMs?: number;
    firstTokenMs?: number;
  } = {},
): Promise<string> {
  const id = newId("gen", at.getTime());
  const { status = 200, model = "gpt-4o-mini", provider = "openai", cost = 150n, latencyMs = 42 } = changes;
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
      provider,
      endUserId: changes.endUserId ?? null,
      firstTokenMs: changes.firstTokenMs ?? null,
      promptTokens: 12n,
      completionTokens: 34n,
      inputPrice: 150_000_000n,
      hold: cost !== null && cost > 1_000n ? cost : 1_000n,
      cost,
      charged: cost ?? 0n,
      billedTo: "credits",
      attempts: [{ provider: "openai", model, status, outcome: "served", error: null, durationMs: 7 }],
      refusal: { limit: "5.00" },
      latencyMs,
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

/** The names of a project's end users, each with an id of its own. */
async function endUser(organizationId: string, externalId: string): Promise<string> {
  const { id } = await prisma().endUser.create({ data: { id: newId("eu"), organizationId, externalId } });
  return id;
}

describe("a filter of the log", () => {
  test("narrows to a provider, an end user of the same organisation, and a span, alone and together", async () => {
    const own = await tenant("filters@example.com");
    const named = await endUser(own.organizationId, "shared-name");
    await endUser(theirs.organizationId, "shared-name");
    const first = await receipt(own, new Date("2026-11-10T10:00:00Z"));
    const second = await receipt(own, new Date("2026-11-11T10:00:00Z"), { endUserId: named });
    const third = await receipt(own, new Date("2026-11-12T10:00:00Z"), { provider: "groq" });
    const ids = async (filters: Parameters<typeof listRequests>[0]["filters"]) =>
      (await listRequests({ projectId: own.projectId, limit: 100, filters })).rows.map(({ id }) => id);
    expect(await ids({ provider: "groq" })).toEqual([third]);
    expect(await ids({ endUser: "shared-name" })).toEqual([second]);
    expect(await ids({ endUser: "nobody" })).toEqual([]);
    expect(await ids({ from: new Date("2026-11-11T10:00:00Z") })).toEqual([third, second]);
    expect(await ids({ to: new Date("2026-11-11T10:00:00Z") })).toEqual([first]);
    expect(
      await ids({ from: new Date("2026-11-11T00:00:00Z"), to: new Date("2026-11-12T00:00:00Z"), provider: "openai" }),
    ).toEqual([second]);
  });

  test("that no index serves reads so many receipts at most, says how far it came, and goes on from there", async () => {
    const own = await tenant("scan@example.com");
    const rare = await receipt(own, new Date("2026-11-01T00:00:00Z"), { provider: "rare" });
    await pool().query(
      `INSERT INTO request (id, created_at, organization_id, project_id, api_key_id, environment, endpoint, outcome, status, requested_model, provider)
       SELECT 'gen_s' || lpad(i::text, 21, '0'), '2026-11-20T00:00:00Z'::timestamptz + i * interval '1 ms', $1, $2, $3, 'live', 'chat/completions', 'settled', 200, 'm', 'openai'
       FROM generate_series(1, $4::int) AS i`,
      [own.organizationId, own.projectId, own.keyId, SCAN_ROWS + 10],
    );
    const query = { projectId: own.projectId, limit: 50, filters: { provider: "rare" } };
    const page = await listRequests(query);
    expect(page).toMatchObject({ rows: [], searchedTo: "2026-11-20T00:00:00.011Z" });
    expect(await listRequests({ ...query, before: page.next })).toMatchObject({
      rows: [{ id: rare }],
      next: null,
      searchedTo: null,
    });
  });
});

test("the log as CSV has every request that fits once, newest first, and runs nothing in a spreadsheet", async () => {
  const own = await tenant("csv@example.com");
  await prisma().apiKey.update({ where: { id: own.keyId }, data: { name: '=HYPERLINK("x")' } });
  const ids: string[] = [];
  for (let day = 1; day <= 3; day += 1) ids.unshift(await receipt(own, new Date(`2026-11-0${day}T10:00:00Z`)));
  await receipt(own, new Date("2026-11-05T10:00:00Z"), { status: 502 });
  let text = "";
  for await (const part of exportRequests({ projectId: own.projectId, filters: { status: "ok" } })) text += part;
  const lines = text.split("\r\n");
  expect(lines[0]).toMatch(/^id,created_at,key_id,key_name,/);
  expect(lines.slice(1, -1).map((line) => line.split(",")[0])).toEqual(ids);
  expect(text).toContain(`,"'=HYPERLINK(""x"")",`);
  expect(text).not.toContain(theirs.projectId);
});

describe("the overview", () => {
  const NOW = new Date("2026-11-21T15:20:00Z");
  const spanFor = (range: "24h" | "7d" | "1y"): Span => {
    const span = spanOf({ range, from: "", to: "" }, NOW);
    if (typeof span === "string") throw new Error(span);
    return span;
  };

  test("sets a span beside the one before up to the same hour, and nobody else's, before and after it is rolled up", async () => {
    const own = await tenant("overview@example.com");
    const user = await endUser(own.organizationId, "customer-1");
    const times: [string, Parameters<typeof receipt>[2]?][] = [
      ["2026-11-21T00:00:00Z", { status: 502, cost: 0n }],
      ["2026-11-21T15:10:00Z", { cost: 1_000_000_000n, endUserId: user, latencyMs: 1_000, firstTokenMs: 200 }],
      ["2026-11-15T00:00:00Z", { model: "o3" }],
      // The same weekday of the span before: up to the running hour it counts, later it does not.
      ["2026-11-14T15:59:00Z", {}],
      ["2026-11-14T16:00:00Z", {}],
      ["2026-11-08T00:00:00Z", { latencyMs: 100 }],
      ["2026-11-07T23:59:59Z", {}],
    ];
    for (const [at, changes] of times) await receipt(own, new Date(at), changes);
    await pool().query("UPDATE request SET settled_at = created_at WHERE project_id = $1", [own.projectId]);
    await markAt("2026-11-07T00:00:00Z");
    const read = (asked: Tenant, range: "24h" | "7d" | "1y" = "7d") =>
      readOverview(asked, { span: spanFor(range), top: ["model", "key", "user"], now: NOW });
    const fresh = await read(own);
    expect(fresh.current).toMatchObject({ requests: 3, errors: 1, cost: "1.00000015" });
    expect(fresh.before).toMatchObject({ requests: 2, errors: 0 });
    expect(fresh.series).toHaveLength(7);
    expect(fresh.series.at(-1)).toMatchObject({ startsAt: "2026-11-21T00:00:00.000Z", requests: 2 });
    expect(fresh.series.at(-1)?.latency.p95).toBeGreaterThan(900);
    expect(fresh.series.at(-2)).toMatchObject({ requests: 0, cost: "0.00", latency: { p50: null, p95: null } });
    expect(fresh.top.model?.map(({ group }) => group)).toEqual(["gpt-4o-mini", "o3"]);
    expect(fresh.top.key).toMatchObject([{ name: "CI", requests: 3 }]);
    expect(fresh.top.user).toMatchObject([{ group: user, name: "customer-1", requests: 1 }]);
    expect(fresh.current.latency.p95).toBeGreaterThan(900);
    expect(fresh.current.firstToken.p50).toBeGreaterThan(180);
    expect(fresh.before.firstToken.p50).toBeNull();
    expect((await read(own, "1y")).current.requests).toBe(7);
    expect((await read(ours)).current.requests).not.toBe(fresh.current.requests);
    expect((await read({ ...own, organizationId: theirs.organizationId })).current.requests).toBe(0);

    // Rolled up, they say the same.
    await markAt("2027-01-01T00:00:00Z");
    await rollUpPast(own.projectId, 10_000);
    expect(await dayRequests(own.projectId)).toBe(7n);
    expect(await read(own)).toEqual(fresh);
    expect((await read(own, "1y")).current.requests).toBe(7);
  });

  test("counts a receipt once while it goes from the receipts into the rollups, and leaves what may still settle", async () => {
    const own = await tenant("once@example.com");
    const now = new Date();
    const span = spanOf({ range: "24h", from: "", to: "" }, now);
    if (typeof span === "string") throw new Error(span);
    const requests = async () => (await readOverview(own, { span, top: [], now })).current.requests;
    for (const secondsAgo of [600, 590, 0]) {
      const id = await receipt(own, new Date(now.getTime() - secondsAgo * 1_000));
      await pool().query("UPDATE request SET settled_at = created_at WHERE id = $1", [id]);
    }
    await markAt(new Date(now.getTime() - 3_600_000).toISOString());
    expect(await requests()).toBe(3);
    await Promise.all([rollUp(), rollUp()]);
    await rollUp();
    expect(await dayRequests(own.projectId)).toBe(2n);
    expect(await requests()).toBe(3);
  });
});

async function markAt(time: string): Promise<void> {
  await pool().query("UPDATE rollup_mark SET settled_before = $1", [time]);
}

async function dayRequests(projectId: string): Promise<bigint | undefined> {
  const { rows } = await pool().query<{ requests: bigint }>(
    "SELECT sum(requests)::bigint AS requests FROM usage_rollup WHERE project_id = $1 AND dimension = 'total' AND size = 'day'",
    [projectId],
  );
  return rows[0]?.requests;
}

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
    const statement = requestPage(projectId, before, null, 51, filters);
    const [plan] = await prisma().$queryRaw<unknown[]>(Prisma.sql`EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`);
    const read = rowsRead(Object.values(plan ?? {})[0]);
    expect(read).toBeGreaterThanOrEqual(51);
    expect(read).toBeLessThan(500);
  }
  const page = await listRequests({ projectId, before: toCursor(before), limit: 50 });
  expect(page.rows).toHaveLength(50);
  expect(page.rows[0]?.createdAt).toBe("2026-11-21T00:00:10.000Z");
});
