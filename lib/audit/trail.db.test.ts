import { afterAll, beforeAll, expect, test } from "vitest";
import { exportTrail } from "@/lib/audit/export-trail";
import { listTrail } from "@/lib/audit/list-trail";
import { recordAudit } from "@/lib/audit/record";
import { ANY_KEY } from "@/lib/audit/trail-store";
import { closeDatabase, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
let ours: Tenant;
let theirs: Tenant;

beforeAll(async () => {
  database = await useTestDatabase();
  ours = await makeTenant();
  theirs = await makeTenant();
  const row = { organizationId: ours.organizationId, action: "key.update", target: `key:${ours.keyId}` } as const;
  await transaction(async (tx) => {
    await recordAudit(tx, { ...row, actor: { keyId: ours.keyId }, after: { name: '=1+1,"x"' }, at: day(1) });
    await recordAudit(tx, { ...row, actor: { master: true }, target: "key:gone", at: day(2) });
    await recordAudit(tx, { ...row, actor: { userId: theirs.userId }, action: "key.disable", at: day(3) });
  });
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

function day(number: number): Date {
  return new Date(Date.UTC(2020, 0, number, 12));
}

async function text(format: "csv" | "json", filters = {}): Promise<string> {
  let all = "";
  for await (const part of exportTrail(ours.organizationId, filters, format)) all += part;
  return all;
}

test("pages follow on each other, newest first, without skipping or repeating a row, and hold nothing of another organisation", async () => {
  const whole = await listTrail({ organizationId: ours.organizationId, limit: 1000 });
  expect(whole.next).toBeNull();
  const ids: string[] = [];
  let before: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listTrail>> = await listTrail({
      organizationId: ours.organizationId,
      limit: 2,
      before,
    });
    ids.push(...page.rows.map((row) => row.id));
    before = page.next;
  } while (before !== null);
  expect(ids).toEqual(whole.rows.map((row) => row.id));
  expect(ids).toEqual([...ids].sort((a, b) => Number(BigInt(b) - BigInt(a))));
  const other = await listTrail({ organizationId: theirs.organizationId, limit: 1000 });
  expect(other.rows.some((row) => ids.includes(row.id))).toBe(false);
});

test("filters by who, what and when", async () => {
  const found = async (filters: object) =>
    (await listTrail({ organizationId: ours.organizationId, limit: 100, filters })).rows.map((row) => row.actor);
  expect(await found({ actor: "master" })).toEqual(["master"]);
  expect(await found({ actor: ANY_KEY })).toEqual([`key:${ours.keyId}`]);
  expect(await found({ action: "key.disable" })).toEqual([`user:${theirs.userId}`]);
  expect(await found({ from: day(2), until: day(3) })).toEqual(["master"]);
});

test("names who and what by what people call them, but never a stranger", async () => {
  const { rows } = await listTrail({ organizationId: ours.organizationId, limit: 3 });
  expect(rows.map((row) => [row.actorName, row.targetName])).toEqual([
    [null, "test key"],
    [null, null],
    ["test key", "test key"],
  ]);
});

test("a damaged page address is refused", async () => {
  await expect(listTrail({ organizationId: ours.organizationId, limit: 2, before: "1; --" })).rejects.toMatchObject({
    code: "invalid_fields",
  });
});

test("the JSON export is one array of every row", async () => {
  const rows: unknown[] = JSON.parse(await text("json"));
  const { rows: all } = await listTrail({ organizationId: ours.organizationId, limit: 1000 });
  expect(rows).toHaveLength(all.length);
  expect(rows[0]).toMatchObject({ action: "key.disable", hash: all[0]?.hash });
  expect(JSON.parse(await text("json", { actor: "nobody" }))).toEqual([]);
});

test("the CSV export quotes what people wrote, and no spreadsheet runs it", async () => {
  const lines = (await text("csv", { actor: ANY_KEY })).split("\r\n");
  expect(lines[0]).toMatch(/^id,at,actor,/);
  expect(lines[1]).toContain('"{""name"":""=1+1,\\""x\\""""}"');
  expect(lines).toHaveLength(3);
  await transaction((tx) =>
    recordAudit(tx, {
      organizationId: ours.organizationId,
      actor: { system: true },
      action: "key.update",
      target: "=cmd()",
      at: day(9),
    }),
  );
  expect(await text("csv", { from: day(9), until: day(10) })).toContain(",'=cmd(),");
});
