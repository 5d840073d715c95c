import type { Tx } from "@/lib/infra/db";
import { createMeter, findMeter, joinHolds, lockHolds, type Spender, setMeterLimit } from "@/lib/meters/store";
import type { MeterPeriod } from "@/lib/meters/window";

/** What a spender's meter is to be. */
export interface SpenderLimit {
  /** The meter; null: there is none yet. */
  meterId: bigint | null;
  /** nano-dollars; null: not limited. */
  limit: bigint | null;
  period: MeterPeriod;
}

/**
 * Sets spend limits of an organisation, a project or a member. Requests draw on such a meter only where there is one, so it
 * begins with what was spent in its window so far, and the requests that run at this moment draw on it from here on: what
 * they can cost at most is held, and their settles charge it. So a limit is not overspent by what began before it. To be
 * called once the spender's keys are locked and their versions bumped (lock order).
 */
export async function limitSpender(tx: Tx, spender: Spender, limits: readonly SpenderLimit[]): Promise<void> {
  const { organizationId, subject, subjectId } = spender;
  const found = [];
  for (const { meterId, limit, period } of limits) {
    if (meterId !== null) found.push({ id: meterId, limit, period });
    else if (limit !== null) {
      const name = { subject, subjectId, kind: "spend", unit: "usd" } as const;
      // A project has one meter: made without a period, it counts its window's usage when it is given one.
      const first = subject === "project" ? {} : { period };
      const { id } = await createMeter(tx, { ...name, ...first, organizationId, limit: null });
      found.push({ id, limit, period });
    }
  }
  if (found.some(({ limit }) => limit !== null)) await lockHolds(tx, spender);
  // In id order, as admission and settle lock them.
  for (const { id, limit, period } of found.sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (limit !== null) await joinHolds(tx, id, spender);
    await setMeterLimit(tx, id, limit, period);
  }
}

/** The meter of one of a spender's limits; null: there is none yet. */
export function findSpenderMeter(tx: Tx, { subject, subjectId }: Spender, period?: MeterPeriod) {
  return findMeter(tx, { subject, subjectId, kind: "spend", unit: "usd", ...(period === undefined ? {} : { period }) });
}
