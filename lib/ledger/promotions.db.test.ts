import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseUsd, usd } from "@/lib/core/money";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { closeDatabase, pool, prisma, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import type { Caller } from "@/lib/keys/caller";
import { adjustCredits } from "@/lib/ledger/adjust-credits";
import { readBalance } from "@/lib/ledger/balance";
import { readFindings } from "@/lib/ledger/books-store";
import { expirePromotions } from "@/lib/ledger/expire-promotions";
import { giveCredits } from "@/lib/ledger/give-credits";
import { grantPromotion } from "@/lib/ledger/grant-promotion";
import { admissionOf, admitOne, makeCaller, meterOf, releaseOf, settlementOf } from "@/lib/testing/admissions";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  expect(await readFindings()).toEqual([]);
  await closeDatabase();
  await database.drop();
});

const DAY_MS = 86_400_000;
/** What every organisation begins with on the embedded database. */
const WELCOME = parseUsd("5");

const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);

function promote({ organizationId }: Caller, amount: bigint, days: number, reason = "a promotion"): Promise<void> {
  return transaction((tx) =>
    grantPromotion(tx, { organizationId, amount: usd(amount), reason, expiresAt: inDays(days) }),
  );
}

/** So many days pass for an organisation's promotions. */
async function passDays({ organizationId }: Caller, days: number): Promise<void> {
  await pool().query(
    "UPDATE promotion SET expires_at = expires_at - make_interval(days => $2) WHERE organization_id = $1",
    [organizationId, days],
  );
}

const promotionsOf = ({ organizationId }: Caller) =>
  prisma().promotion.findMany({ where: { organizationId }, orderBy: { reason: "asc" } });

function holding(caller: Caller, amount: bigint) {
  return admissionOf(
    caller,
    (["spend", "credits"] as const).map((kind) => ({ meterId: meterOf(caller, kind), amount })),
  );
}

async function spend(caller: Caller, amount: bigint): Promise<void> {
  const admission = holding(caller, amount);
  expect((await admitOne(admission)).kind).toBe("admitted");
  await settleBatch([settlementOf(admission, amount)]);
}

describe("a promotion", () => {
  test("is credits until it expires; then what is left of it is taken back, once, by however many at once", async () => {
    const caller = await makeCaller();
    await promote(caller, 100n, 3);
    expect((await readBalance(caller.organizationId)).credited).toBe(WELCOME + 100n);
    await spend(caller, 30n);
    await passDays(caller, 3);
    await Promise.all([expirePromotions(), expirePromotions(), expirePromotions()]);
    await expirePromotions();
    expect(await readBalance(caller.organizationId)).toMatchObject({ credited: WELCOME + 30n, used: 30n });
    expect(await promotionsOf(caller)).toMatchObject([{ burnt: 30n, takenBack: 70n, waitsFor: [] }]);
  });

  test("is not taken back before its time, by the database's clock", async () => {
    const caller = await makeCaller();
    await promote(caller, 100n, 1);
    await expirePromotions();
    expect(await promotionsOf(caller)).toMatchObject([{ expiredAt: null, takenBack: 0n }]);
  });

  test("burns nothing of what was used before it was given", async () => {
    const caller = await makeCaller();
    await spend(caller, 50n);
    await promote(caller, 100n, 1);
    await passDays(caller, 1);
    await expirePromotions();
    expect(await promotionsOf(caller)).toMatchObject([{ burnt: 0n, takenBack: 100n }]);
  });

  test("that expires first is burnt first, whenever it was given, and all before other credits", async () => {
    const caller = await makeCaller();
    await promote(caller, 100n, 9, "late");
    await spend(caller, 10n);
    await promote(caller, 40n, 2, "early");
    await spend(caller, 60n);
    await passDays(caller, 9);
    await expirePromotions();
    expect(await promotionsOf(caller)).toMatchObject([
      { reason: "early", burnt: 40n, takenBack: 0n },
      { reason: "late", burnt: 30n, takenBack: 70n },
    ]);
  });

  test("that is used up leaves nothing to take back and books nothing", async () => {
    const caller = await makeCaller();
    await promote(caller, 20n, 1);
    await spend(caller, 25n);
    await passDays(caller, 1);
    await expirePromotions();
    expect((await readBalance(caller.organizationId)).credited).toBe(WELCOME + 20n);
    expect(await promotionsOf(caller)).toMatchObject([{ burnt: 20n, takenBack: 0n }]);
    const { rows } = await pool().query(
      "SELECT 1 FROM journal_entry WHERE organization_id = $1 AND source LIKE '%:expired'",
      [caller.organizationId],
    );
    expect(rows).toEqual([]);
  });
});

describe("a hold made before the expiry", () => {
  test("keeps what it holds, and what its request costs is burnt from the promotion after all", async () => {
    const caller = await makeCaller();
    await promote(caller, 100n, 1);
    const running = holding(caller, WELCOME + 60n);
    expect((await admitOne(running)).kind).toBe("admitted");
    await passDays(caller, 1);
    await expirePromotions();
    expect(await readBalance(caller.organizationId)).toMatchObject({
      credited: WELCOME,
      held: WELCOME + 60n,
      available: 0n,
    });
    // Nothing new is paid from what has expired.
    expect((await admitOne(holding(caller, 1n))).kind).toBe("refused");
    await settleBatch([settlementOf(running, WELCOME + 60n)]);
    await Promise.all([expirePromotions(), expirePromotions()]);
    expect(await promotionsOf(caller)).toMatchObject([{ burnt: 100n, takenBack: 0n, waitsFor: [] }]);
    expect(await readBalance(caller.organizationId)).toMatchObject({ credited: WELCOME + 100n, used: WELCOME + 60n });
  });

  test("burns it before what can still be used, and only as much as it cost", async () => {
    const caller = await makeCaller();
    await promote(caller, 50n, 1, "a: over");
    await promote(caller, 50n, 9, "b: goes on");
    const running = holding(caller, 90n);
    await admitOne(running);
    await passDays(caller, 1);
    await expirePromotions();
    // Of a request that came after the expiry.
    await spend(caller, 5n);
    await settleBatch([settlementOf(running, 60n)]);
    await expirePromotions();
    await passDays(caller, 8);
    await expirePromotions();
    expect(await promotionsOf(caller)).toMatchObject([
      { reason: "a: over", burnt: 50n, takenBack: 0n },
      { reason: "b: goes on", burnt: 15n, takenBack: 35n },
    ]);
  });

  test("gives nothing back where its request was released or lost", async () => {
    const caller = await makeCaller();
    await promote(caller, 50n, 1);
    const [first, second] = [holding(caller, 20n), holding(caller, 20n)];
    await admitOne(first);
    await admitOne(second);
    await passDays(caller, 1);
    await expirePromotions();
    expect(await promotionsOf(caller)).toMatchObject([
      { takenBack: 50n, waitsFor: [first.requestId, second.requestId].sort() },
    ]);
    await settleBatch([releaseOf(first)]);
    await expirePromotions();
    expect(await promotionsOf(caller)).toMatchObject([{ takenBack: 50n, waitsFor: [second.requestId] }]);
    await settleBatch([settlementOf(second, 3n)]);
    await expirePromotions();
    expect(await promotionsOf(caller)).toMatchObject([{ burnt: 3n, takenBack: 47n, waitsFor: [] }]);
    expect((await readBalance(caller.organizationId)).credited).toBe(WELCOME + 3n);
  });

  test("is counted once where the expiry and many settlements come at once", async () => {
    const caller = await makeCaller();
    await promote(caller, 30n, 1);
    const running = Array.from({ length: 12 }, () => holding(caller, 4n));
    for (const admission of running) await admitOne(admission);
    await passDays(caller, 1);
    await Promise.all(
      running.flatMap((admission) => [settleBatch([settlementOf(admission, 4n)]), expirePromotions().then(() => [])]),
    );
    await expirePromotions();
    expect(await promotionsOf(caller)).toMatchObject([{ burnt: 30n, takenBack: 0n, waitsFor: [] }]);
    expect(await readBalance(caller.organizationId)).toMatchObject({ credited: WELCOME + 30n, used: 48n, held: 0n });
  });
});

describe("operators", () => {
  const master = { master: true, address: null } as const;

  test("give credits that expire, and those that do not, with a record of who did", async () => {
    const { organizationId } = await makeCaller();
    const gift = { organizationId, amount: parseUsd("2"), actor: master };
    const expiresAt = inDays(30);
    await giveCredits({ ...gift, reason: "for good", expiresAt: null });
    await giveCredits({ ...gift, reason: "for a month", expiresAt });
    const trail = await prisma().auditEvent.findMany({
      where: { organizationId, action: "organization.grant", actor: "master" },
      orderBy: { id: "asc" },
    });
    expect(trail.map(({ after }) => after)).toEqual([
      { amount: "2.00", reason: "for good" },
      { amount: "2.00", reason: "for a month", expires_at: expiresAt.toISOString() },
    ]);
    const { rows } = await pool().query(
      "SELECT account::text, amount FROM journal_entry WHERE organization_id = $1 AND source NOT LIKE 'grant:welcome%' AND account <> 'credits' ORDER BY id",
      [organizationId],
    );
    expect(rows).toEqual([
      { account: "grants", amount: -parseUsd("2") },
      { account: "promotions", amount: -parseUsd("2") },
    ]);
  });

  test("correct credits up and down, below zero too, and calls are refused then", async () => {
    const caller = await makeCaller();
    const { organizationId } = caller;
    await adjustCredits({ organizationId, amount: usd(7n), reason: "too little", actor: master });
    expect((await readBalance(organizationId)).credited).toBe(WELCOME + 7n);
    await spend(caller, 10n);
    await adjustCredits({ organizationId, amount: usd(-WELCOME - 7n), reason: "all was a mistake", actor: master });
    expect(await readBalance(organizationId)).toMatchObject({ credited: 0n, used: 10n, available: 0n });
    expect((await admitOne(holding(caller, 1n))).kind).toBe("refused");
    const trail = await prisma().auditEvent.findMany({ where: { organizationId, action: "organization.adjust" } });
    expect(trail).toMatchObject([
      { actor: "master", after: { amount: "0.000000007", reason: "too little" } },
      { actor: "master", after: { reason: "all was a mistake" } },
    ]);
  });
});

describe("the books", () => {
  const finding = async (check: string) => (await readFindings()).find((found) => found.check.includes(check));

  test.each([
    ["UPDATE promotion SET amount = amount + 1, taken_back = taken_back + 1 WHERE id = $1", "a promotion has booked"],
    ["UPDATE promotion SET burnt = burnt + 1, taken_back = taken_back - 1 WHERE id = $1", "a promotion has booked"],
  ])("name a promotion that was tampered with: %s", async (tampering, check) => {
    const caller = await makeCaller();
    await promote(caller, 100n, 1);
    await passDays(caller, 1);
    await expirePromotions();
    const [promotion] = await promotionsOf(caller);
    const undo = () => prisma().promotion.update({ where: { id: promotion?.id ?? "" }, data: { ...promotion } });
    await pool().query(tampering, [promotion?.id]);
    expect(await finding(check)).toMatchObject({
      subject: expect.stringContaining(`${promotion?.id} of ${caller.organizationId}`),
    });
    await undo();
    expect(await readFindings()).toEqual([]);
  });

  test("name an organisation whose promotions burnt more than was ever used, or were counted apart", async () => {
    const caller = await makeCaller();
    await promote(caller, 100n, 1, "a");
    await promote(caller, 100n, 1, "b");
    await pool().query("UPDATE promotion SET burnt = 1 WHERE organization_id = $1", [caller.organizationId]);
    expect(await finding("burnt no more than was used")).toMatchObject({ subject: caller.organizationId, found: "2" });
    await pool().query("UPDATE promotion SET burnt = 0, counted_to = 7 WHERE organization_id = $1 AND reason = 'b'", [
      caller.organizationId,
    ]);
    expect(await finding("counted to the same point")).toMatchObject({ subject: caller.organizationId });
    await pool().query("UPDATE promotion SET counted_to = 0, burnt = 0 WHERE organization_id = $1", [
      caller.organizationId,
    ]);
  });
});
