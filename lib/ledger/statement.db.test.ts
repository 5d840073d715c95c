import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatUsd, parseUsd, usd } from "@/lib/core/money";
import type { Admission } from "@/lib/gateway/admission-statement";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import type { Caller } from "@/lib/keys/caller";
import { adjustCredits } from "@/lib/ledger/adjust-credits";
import { listEntries } from "@/lib/ledger/list-entries";
import { readOrganizationBooks } from "@/lib/ledger/organization-books";
import { monthOf, readStatement, type Statement } from "@/lib/ledger/statement";
import { statementCsv } from "@/lib/ledger/statement-csv";
import { admissionOf, admitOne, makeCaller, settlementOf } from "@/lib/testing/admissions";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

const WELCOME = parseUsd("5");
const NOW = new Date();
const THIS_MONTH = monthOf(NOW);
const LAST_MONTH = monthOf(NOW, -1);
/** A moment of the last day of the month before. */
const LATE_LAST_MONTH = Date.parse(`${THIS_MONTH}-01T00:00:00Z`) - 60_000;

const asking = (caller: Caller, amount: bigint, createdAt: number): Admission =>
  admissionOf(
    caller,
    caller.meters.map(({ id }) => ({ meterId: id, amount })),
    { createdAt },
  );

async function statementOf({ organizationId }: Caller, month: string): Promise<Statement> {
  const statement = await readStatement(organizationId, month);
  if (!statement) throw new Error(`no statement of ${month}`);
  expect(statement.provenClosing).toBe(statement.closing);
  return statement;
}

describe("a statement", () => {
  test("of a month in which nothing happened has no lines, and opens as it closes", async () => {
    const caller = await makeCaller();
    expect(await statementOf(caller, "2024-02")).toEqual({
      month: "2024-02",
      isFinal: true,
      opening: "0.00",
      lines: [],
      totals: [],
      closing: "0.00",
      provenClosing: "0.00",
    });
  });

  test("of the running month is not final and closes with the balance of now, by day, project and model", async () => {
    const caller = await makeCaller();
    const { organizationId } = caller;
    for (const cost of [30n, 12n]) {
      const admission = asking(caller, 100n, Date.now());
      await admitOne(admission);
      await settleBatch([settlementOf(admission, cost)]);
    }
    await adjustCredits({ organizationId, amount: usd(-7n), reason: "-1, a mistake", actor: { system: true } });
    const statement = await statementOf(caller, THIS_MONTH);
    expect(statement).toMatchObject({ isFinal: false, opening: "0.00", closing: formatUsd(WELCOME - 49n) });
    expect(statement.lines).toMatchObject([
      { kind: "grant", amount: "5.00" },
      { kind: "adjustment", amount: formatUsd(-7n) },
      { kind: "usage", model: "gpt-4o-mini", project: "Default project", requests: 2, amount: formatUsd(-42n) },
    ]);
    expect(statement.totals).toContainEqual({ kind: "usage", amount: formatUsd(-42n) });
    const csv = statementCsv(statement).split("\r\n");
    expect(csv).toHaveLength(7);
    expect(csv.find((line) => line.includes("a mistake"))).toContain(`"'-1, a mistake",${formatUsd(-7n)},`);
    expect(csv.at(-2)).toBe(`${THIS_MONTH},closing,,,,,not final,,${statement.closing}`);
  });

  test("counts a request in the month where it began, and is final only when that has ended", async () => {
    const caller = await makeCaller();
    const admission = asking(caller, 100n, LATE_LAST_MONTH);
    await admitOne(admission);
    expect(await statementOf(caller, LAST_MONTH)).toMatchObject({ isFinal: false, lines: [] });
    await settleBatch([settlementOf(admission, 40n)]);
    const [last, current] = [await statementOf(caller, LAST_MONTH), await statementOf(caller, THIS_MONTH)];
    expect(last).toMatchObject({ isFinal: NOW.getTime() > LATE_LAST_MONTH + 360_000, closing: formatUsd(-40n) });
    expect(current).toMatchObject({ opening: last.closing, closing: formatUsd(WELCOME - 40n) });
  });

  test.each(["", "2026", "2026-13", "2026-00", "1999-01", "2026-1", "' OR 1"])("is none of %j", async (month) => {
    expect(await readStatement("org_x", month)).toBeNull();
  });

  test("shows that it does not agree where somebody tampered with the balance", async () => {
    const caller = await makeCaller();
    const { organizationId } = caller;
    await pool().query(`UPDATE meter SET "limit" = "limit" + 1, ceiling = ceiling + 1 WHERE subject_id = $1`, [
      organizationId,
    ]);
    const statement = await readStatement(organizationId, THIS_MONTH);
    expect([statement?.closing, statement?.provenClosing]).toEqual(["5.00", formatUsd(WELCOME + 1n)]);
    const { equations } = await readOrganizationBooks(organizationId);
    expect(equations.filter(({ agrees }) => !agrees).map(({ name }) => name)).toEqual(["Balance"]);
  });
});

test("the journal is listed newest first, page by page, with or without requests, each entry once", async () => {
  const caller = await makeCaller();
  const { organizationId } = caller;
  for (let index = 0; index < 3; index += 1) {
    const admission = asking(caller, 100n, Date.now());
    await admitOne(admission);
    await settleBatch([settlementOf(admission, 5n)]);
  }
  const page = (before: string | null, withRequests: boolean) =>
    listEntries({ organizationId, before, withRequests, limit: 3 });
  const [first, rest] = [await page(null, true), [] as string[]];
  let next = first.next;
  while (next !== null) {
    const older = await page(next, true);
    rest.push(...older.entries.map(({ id }) => id));
    next = older.next;
  }
  const ids = [...first.entries.map(({ id }) => id), ...rest];
  expect(ids).toEqual([...ids].sort((a, b) => Number(BigInt(b) - BigInt(a))));
  // Three settlements and the welcome credits, each on two accounts.
  expect(new Set(ids).size).toBe(8);
  expect((await page(null, false)).entries.map(({ account, amount }) => [account, amount])).toEqual([
    ["grants", "-5.00"],
    ["credits", "5.00"],
  ]);
  expect(
    (await listEntries({ organizationId: "org_other", before: null, withRequests: true, limit: 3 })).entries,
  ).toEqual([]);
});
