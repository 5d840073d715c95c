import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "@/lib/core/ids";
import { usd } from "@/lib/core/money";
import { type Admission, type AdmissionVerdict, admitBatch } from "@/lib/gateway/admission-statement";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { sweepExpiredHolds } from "@/lib/gateway/sweep";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, pool, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import type { Caller } from "@/lib/keys/caller";
import { readFindings } from "@/lib/ledger/books-store";
import { grantCredits } from "@/lib/ledger/grant-credits";
import { createMeter, setMeterLimit } from "@/lib/meters/store";
import { admissionOf, decideAll, meterOf, readAgain, releaseOf, settlementOf } from "@/lib/testing/admissions";
import { addKey, makeTenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

/**
 * Random histories of an organisation with two keys, against a model that knows no SQL: what each meter has used and
 * holds, and which holds are open. After every step the database must say the same as the model.
 */
let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({ LOG_LEVEL: "silent" });
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

/** Beside the welcome credits of five dollars, small enough that every meter is met often. */
const amount = fc.oneof(fc.constant(0n), fc.bigInt({ min: 1n, max: 1_500_000_000n }));
const pick = fc.nat(1_000);
const limit = fc.option(fc.bigInt({ min: 0n, max: 5_000_000_000n }));

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant("admit" as const),
      batch: fc.array(fc.record({ key: fc.nat(1), amount, own: fc.boolean() }), { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant("settle" as const),
      picks: fc.array(fc.record({ pick, percent: fc.nat(100) }), { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("release" as const), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant("crash" as const), picks: fc.array(pick, { minLength: 1, maxLength: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("contend" as const), pick, percent: fc.nat(100) }) },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant("top up" as const), amount: fc.bigInt({ min: 1n, max: 2_000_000_000n }) }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("limit" as const), key: fc.nat(1), limit }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Figures {
  limit: bigint | null;
  used: bigint;
  held: bigint;
}

interface Outcome {
  outcome: "settled" | "released" | "lost";
  cost: bigint;
}

class Model {
  readonly meters = new Map<bigint, Figures>();
  readonly open = new Map<string, Admission>();
  readonly receipts = new Map<string, Outcome>();

  figures(meterId: bigint): Figures {
    const figures = this.meters.get(meterId);
    if (!figures) throw new Error(`the model knows no meter ${meterId}`);
    return figures;
  }

  admit(admission: Admission): void {
    for (const need of admission.needs) this.figures(need.meterId).held += need.amount;
    this.open.set(admission.requestId, admission);
  }

  end(admission: Admission, outcome: Outcome): void {
    expect(this.open.delete(admission.requestId)).toBe(true);
    for (const need of admission.needs) {
      const figures = this.figures(need.meterId);
      figures.held -= need.amount;
      figures.used += outcome.cost;
    }
    this.receipts.set(admission.requestId, outcome);
  }

  nth(pick: number): Admission | undefined {
    const open = [...this.open.values()];
    return open[pick % Math.max(1, open.length)];
  }
}

interface World {
  organizationId: string;
  callers: readonly [Caller, Caller];
  project: bigint;
  credits: bigint;
  model: Model;
}

async function makeWorld(): Promise<World> {
  const tenant = await makeTenant({ credits: usd(1n), usageLimit: usd(3_000_000_000n) });
  const second = await addKey(tenant, { usageLimit: null });
  const project = await transaction((tx) =>
    createMeter(tx, {
      organizationId: tenant.organizationId,
      subject: "project",
      subjectId: tenant.projectId,
      kind: "spend",
      unit: "usd",
      limit: 6_000_000_000n,
    }),
  );
  const callers = [await readAgain(tenant.secret), await readAgain(second.secret)] as const;
  const credits = meterOf(callers[0], "credits");
  const model = new Model();
  for (const id of [project.id, credits, ...callers.map(spendOf)]) {
    const { rows } = await pool().query<Figures>('SELECT "limit", used, held FROM meter WHERE id = $1', [id]);
    if (rows[0]) model.meters.set(id, { ...rows[0] });
  }
  return { organizationId: tenant.organizationId, callers, project: project.id, credits, model };
}

function spendOf(caller: Caller): bigint {
  const meter = caller.meters.find(({ subject, kind }) => subject === "api_key" && kind === "spend");
  if (!meter) throw new Error("the key has no spend meter");
  return meter.id;
}

function admissionIn(world: World, asked: { key: number; amount: bigint; own: boolean }): Admission {
  const caller = world.callers[asked.key === 0 ? 0 : 1];
  const needs = [spendOf(caller), world.project, ...(asked.own ? [] : [world.credits])].map((meterId) => ({
    meterId,
    amount: asked.amount,
  }));
  return admissionOf(caller, needs);
}

/** What an admission that is charged `cost` is settled with: credits are charged only where it held them. */
function settling(world: World, admission: Admission, cost: bigint) {
  const billed = admission.needs.some(({ meterId }) => meterId === world.credits);
  return settlementOf(admission, cost, billed ? {} : { billedTo: "provider_key", charged: 0n });
}

function expectVerdict(world: World, admission: Admission, verdict: AdmissionVerdict): void {
  expect(["admitted", "refused"]).toContain(verdict.kind);
  if (verdict.kind !== "refused") return;
  // Only what truly has no room refuses, and it says its figures as they are.
  const figures = world.model.figures(verdict.meterId);
  const need = admission.needs.find(({ meterId }) => meterId === verdict.meterId);
  expect(figures.limit).toBe(verdict.limit);
  expect(verdict.used + verdict.held + verdict.amount > verdict.limit).toBe(true);
  expect(need?.amount).toBe(verdict.amount);
  expect(figures.used + figures.held + verdict.amount > verdict.limit).toBe(true);
}

async function run(world: World, one: Step): Promise<void> {
  const { model } = world;
  switch (one.act) {
    case "admit": {
      const admissions = one.batch.map((asked) => admissionIn(world, asked));
      const verdicts = await decideAll(admissions);
      for (const [index, admission] of admissions.entries())
        if (verdicts[index]?.kind === "admitted") model.admit(admission);
      for (const [index, admission] of admissions.entries()) {
        const verdict = verdicts[index];
        if (verdict) expectVerdict(world, admission, verdict);
      }
      for (const [id, figures] of model.meters) {
        const takenNow = admissions.some(
          (admission, index) =>
            verdicts[index]?.kind === "admitted" &&
            admission.needs.some((need) => need.meterId === id && need.amount > 0n),
        );
        if (takenNow && figures.limit !== null) expect(figures.used + figures.held <= figures.limit).toBe(true);
      }
      return;
    }
    case "settle": {
      const picked = new Map<Admission, bigint>();
      for (const { pick: index, percent } of one.picks) {
        const admission = model.nth(index);
        if (admission) picked.set(admission, (admission.amount * BigInt(percent)) / 100n);
      }
      const batch = [...picked].map(([admission, cost]) => settling(world, admission, cost));
      expect(await settleBatch([...batch])).toEqual(batch.map(() => "done"));
      expect(await settleBatch([...batch])).toEqual(batch.map(() => "gone"));
      for (const [admission, cost] of picked) model.end(admission, { outcome: "settled", cost });
      return;
    }
    case "release": {
      const admission = model.nth(one.pick);
      if (!admission) return;
      expect(await settleBatch([releaseOf(admission)])).toEqual(["done"]);
      model.end(admission, { outcome: "released", cost: 0n });
      return;
    }
    case "crash": {
      const lost = new Set(one.picks.flatMap((index) => model.nth(index) ?? []));
      await pool().query(
        "UPDATE hold SET deadline = clock_timestamp() - interval '1 second' WHERE request_id = ANY ($1)",
        [[...lost].map(({ requestId }) => requestId)],
      );
      await Promise.all([sweepExpiredHolds(0), sweepExpiredHolds(0)]);
      for (const admission of lost) model.end(admission, { outcome: "lost", cost: 0n });
      return;
    }
    case "contend": {
      // Settled, released and admitted against at the same time: who comes first is not said, that it is one of them is.
      const admission = model.nth(one.pick);
      if (!admission) return;
      const cost = (admission.amount * BigInt(one.percent)) / 100n;
      const other = admissionIn(world, { key: 0, amount: 1n, own: true });
      const [settled, released, [verdict]] = await Promise.all([
        settleBatch([settling(world, admission, cost)]),
        settleBatch([releaseOf(admission)]),
        admitBatch([other]),
      ]);
      expect([...settled, ...released].sort()).toEqual(["done", "gone"]);
      model.end(admission, settled[0] === "done" ? { outcome: "settled", cost } : { outcome: "released", cost: 0n });
      if (verdict?.kind === "admitted") model.admit(other);
      return;
    }
    case "top up": {
      await transaction((tx) =>
        grantCredits(tx, {
          organizationId: world.organizationId,
          amount: usd(one.amount),
          reason: "top-up",
          source: newId("top"),
        }),
      );
      const figures = model.figures(world.credits);
      figures.limit = (figures.limit ?? 0n) + one.amount;
      return;
    }
    case "limit": {
      const caller = world.callers[one.key === 0 ? 0 : 1];
      await transaction((tx) => setMeterLimit(tx, spendOf(caller), one.limit, "none"));
      model.figures(spendOf(caller)).limit = one.limit;
      return;
    }
  }
}

async function expectAgreement({ model, organizationId }: World): Promise<void> {
  const meters = await pool().query<Figures & { id: bigint }>(
    'SELECT id, "limit", used, held FROM meter WHERE organization_id = $1',
    [organizationId],
  );
  expect(new Map(meters.rows.map(({ id, ...figures }) => [id, figures]))).toEqual(model.meters);
  const holds = await pool().query<{ request_id: string }>("SELECT request_id FROM hold WHERE organization_id = $1", [
    organizationId,
  ]);
  expect(holds.rows.map((row) => row.request_id).sort()).toEqual([...model.open.keys()].sort());
}

async function expectReceipts({ model, organizationId, credits }: World): Promise<void> {
  const { rows } = await pool().query<{ id: string; outcome: Outcome["outcome"]; cost: bigint; charged: bigint }>(
    "SELECT id, outcome, cost, charged FROM request WHERE organization_id = $1",
    [organizationId],
  );
  expect(new Map(rows.map(({ id, outcome, cost }) => [id, { outcome, cost }]))).toEqual(model.receipts);
  expect(rows.reduce((sum, row) => sum + row.charged, 0n)).toBe(model.figures(credits).used);
}

test("whatever happens in whatever order, money is conserved, no meter takes more than its limit, and the books agree", async () => {
  let admitted = 0;
  let ended = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const world = await makeWorld();
      for (const one of steps) {
        await run(world, one);
        await expectAgreement(world);
      }
      await expectReceipts(world);
      expect(await readFindings()).toEqual([]);
      admitted += world.model.open.size + world.model.receipts.size;
      ended += world.model.receipts.size;
    }),
    { numRuns: 15, interruptAfterTimeLimit: 20_000 },
  );
  // The histories were about something.
  expect(admitted).toBeGreaterThan(50);
  expect(ended).toBeGreaterThan(20);
}, 60_000);
