import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recordAudit } from "@/lib/audit/record";
import { newId } from "@/lib/core/ids";
import { usd } from "@/lib/core/money";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { closeDatabase, pool, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { readBalance } from "@/lib/ledger/balance";
import { grantCredits } from "@/lib/ledger/grant-credits";
import { book } from "@/lib/ledger/store";
import { admissionOf, admitOne, makeCaller, meterOf, settlementOf } from "@/lib/testing/admissions";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
let organizationId: string;
let requestId: string;

beforeAll(async () => {
  database = await useTestDatabase();
  const caller = await makeCaller();
  organizationId = caller.organizationId;
  const admission = admissionOf(caller, [
    { meterId: meterOf(caller, "spend"), amount: 100n },
    { meterId: meterOf(caller, "credits"), amount: 100n },
  ]);
  requestId = admission.requestId;
  await admitOne(admission);
  await settleBatch([settlementOf(admission, 40n)]);
  await transaction((tx) =>
    recordAudit(tx, {
      organizationId,
      actor: { system: true },
      action: "key.update",
      target: "key:1",
      after: { name: "new" },
    }),
  );
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

/** SQLSTATE of `RAISE … USING ERRCODE = 'restrict_violation'`. */
const REFUSED = { code: "23001" };

describe.each(["journal_entry", "audit_event"])("%s", (table) => {
  test("is written once: no row is changed, deleted or truncated, by anybody", async () => {
    const before = await pool().query(`SELECT * FROM ${table} ORDER BY id`);
    expect(before.rows.length).toBeGreaterThan(0);
    await expect(pool().query(`UPDATE ${table} SET organization_id = organization_id`)).rejects.toMatchObject(REFUSED);
    await expect(pool().query(`DELETE FROM ${table}`)).rejects.toMatchObject(REFUSED);
    await expect(pool().query(`TRUNCATE ${table}`)).rejects.toMatchObject(REFUSED);
    expect((await pool().query(`SELECT * FROM ${table} ORDER BY id`)).rows).toEqual(before.rows);
  });
});

describe("a receipt", () => {
  test.each([
    ["cost", "41"],
    ["charged", "0"],
    ["hold", "1000"],
    ["operator_loss", "1"],
    ["outcome", "'lost'"],
    ["billed_to", "'none'"],
    ["api_key_id", "'key_x'"],
    ["project_id", "'prj_x'"],
    ["organization_id", "'org_x'"],
  ])("keeps its %s", async (column, value) => {
    await expect(
      pool().query(`UPDATE request SET ${column} = ${value} WHERE id = $1`, [requestId]),
    ).rejects.toMatchObject(REFUSED);
  });

  test("is neither deleted nor truncated, through its partition either", async () => {
    const { rows } = await pool().query<{ partition: string }>(
      "SELECT tableoid::regclass::text AS partition FROM request WHERE id = $1",
      [requestId],
    );
    const partition = rows[0]?.partition ?? "";
    expect(partition).toMatch(/^request_\d{8}$/);
    for (const table of ["request", partition])
      await expect(pool().query(`DELETE FROM ${table} WHERE id = $1`, [requestId])).rejects.toMatchObject(REFUSED);
    await expect(pool().query(`UPDATE ${partition} SET charged = 0 WHERE id = $1`, [requestId])).rejects.toMatchObject(
      REFUSED,
    );
    await expect(pool().query("TRUNCATE request")).rejects.toMatchObject(REFUSED);
  });

  test("can lose its words: what is no money may be redacted", async () => {
    await pool().query("UPDATE request SET error_message = 'redacted', client_address = NULL WHERE id = $1", [
      requestId,
    ]);
    const { rows } = await pool().query("SELECT error_message, cost FROM request WHERE id = $1", [requestId]);
    expect(rows).toEqual([{ error_message: "redacted", cost: 40n }]);
  });
});

describe("a journal transaction", () => {
  const credits = (amount: bigint) => ({ account: "credits", amount }) as const;
  const grants = (amount: bigint) => ({ account: "grants", amount }) as const;

  test("that does not sum to zero is not written, nor is anything else of its database transaction", async () => {
    const wrong = transaction(async (tx) => {
      await grantCredits(tx, { organizationId, amount: usd(5n), reason: "goes too", source: "with-wrong" });
      await book(tx, { organizationId, source: "wrong", description: "wrong", postings: [credits(5n), grants(-4n)] });
    });
    await expect(wrong).rejects.toThrow(/does not sum to zero/);
    expect(
      (await pool().query("SELECT 1 FROM journal_entry WHERE source IN ('wrong', 'grant:with-wrong')")).rows,
    ).toEqual([]);
  });

  test("of one source is booked once, also by two at once", async () => {
    const before = await readBalance(organizationId);
    const source = newId("top");
    const grant = () =>
      transaction((tx) => grantCredits(tx, { organizationId, amount: usd(7n), reason: "once", source }));
    const outcomes = await Promise.allSettled([grant(), grant(), grant()]);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const after = await readBalance(organizationId);
    expect([after.credited - before.credited, after.available - before.available]).toEqual([7n, 7n]);
  });
});
