import { raiseAlert, raiseAlertsTogether } from "@/lib/alerts/raise-alert";
import type { NewAlert } from "@/lib/alerts/store";
import { type Crossing, findCrossings, markTold, rearm, tryLookLock } from "@/lib/alerts/threshold-store";
import { thresholdWords } from "@/lib/alerts/threshold-words";
import { readClock } from "@/lib/infra/clock-store";
import { type Tx, transaction } from "@/lib/infra/db";

/** Thresholds that one look tells about; what is left comes with the next. */
const LOOK_LIMIT = 200;
/** A settle writes its time and commits a moment later, so a look begins a little before the last one. */
const OVERLAP_MS = 30_000;

export interface Look {
  /** Where the next look begins; the same as before where another process was looking. */
  since: Date | null;
  /** How many alerts were raised. */
  raised: number;
}

/**
 * Looks at the limited meters that were used since `since` (null: at all) and raises an alert for each threshold that one
 * has passed: once in a window, and once again only after it was well below. Several thresholds at once are one alert.
 * One process does it at a time; what is told is noted with the alert, so that no other ever tells it again.
 */
export function checkMeters(since: Date | null): Promise<Look> {
  return transaction(async (tx) => {
    if (!(await tryLookLock(tx))) return { since, raised: 0 };
    const now = await readClock(tx);
    await rearm(tx);
    const crossings = await findCrossings(tx, since, LOOK_LIMIT);
    const alerts: NewAlert[] = [];
    for (const passed of byMeter(crossings)) {
      const alert = await newlyTold(tx, passed);
      if (alert) alerts.push(alert);
    }
    await raise(tx, alerts);
    return {
      since: crossings.length < LOOK_LIMIT ? new Date(now.getTime() - OVERLAP_MS) : since,
      raised: alerts.length,
    };
  });
}

function byMeter(crossings: readonly Crossing[]): Crossing[][] {
  const groups = new Map<bigint, Crossing[]>();
  for (const crossing of crossings) {
    const group = groups.get(crossing.meterId);
    if (group) group.push(crossing);
    else groups.set(crossing.meterId, [crossing]);
  }
  return [...groups.values()];
}

/** The alert for all thresholds that one meter has passed, now noted as told; null where there is nobody left whom it concerns. */
async function newlyTold(tx: Tx, passed: readonly Crossing[]): Promise<NewAlert | null> {
  const [first] = passed;
  if (!first) return null;
  const told = await markTold(
    tx,
    first,
    passed.map(({ threshold }) => threshold),
  );
  // Of a limit the most, of a balance the least.
  const gravest = told.sort((a, b) => (a < b ? -1 : 1)).at(first.kind === "credits" ? 0 : -1);
  if (gravest === undefined || first.name === null) return null;
  return {
    organizationId: first.organizationId,
    kind: first.kind === "credits" ? "low_balance" : "spend_threshold",
    subject: first.subject,
    subjectId: first.subjectId,
    projectId: first.projectId,
    userId: first.userId,
    ...thresholdWords({ ...first, threshold: gravest }, first.name),
  };
}

/** End users may be very many: what one look finds of an organisation's is one mail. */
async function raise(tx: Tx, alerts: readonly NewAlert[]): Promise<void> {
  const ofEndUsers = new Map<string, NewAlert[]>();
  for (const alert of alerts) {
    if (alert.subject !== "end_user") {
      await raiseAlert(tx, alert);
      continue;
    }
    const others = ofEndUsers.get(alert.organizationId);
    if (others) others.push(alert);
    else ofEndUsers.set(alert.organizationId, [alert]);
  }
  for (const together of ofEndUsers.values()) {
    const [only] = together;
    if (only && together.length === 1) await raiseAlert(tx, only);
    else await raiseAlertsTogether(tx, together, `${together.length} end users near or at the end of their budgets`);
  }
}
