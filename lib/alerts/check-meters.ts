import { raiseAlert } from "@/lib/alerts/raise-alert";
import { type Crossing, findCrossings, markTold, rearm, tryLookLock } from "@/lib/alerts/threshold-store";
import { thresholdWords } from "@/lib/alerts/threshold-words";
import { type Tx, transaction } from "@/lib/infra/db";
import { readClock } from "@/lib/meters/store";

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
    let raised = 0;
    for (const passed of byMeter(crossings)) raised += (await tell(tx, passed)) ? 1 : 0;
    return { since: crossings.length < LOOK_LIMIT ? new Date(now.getTime() - OVERLAP_MS) : since, raised };
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

/** The alert for all thresholds that one meter has passed; false where there is nobody left whom it concerns. */
async function tell(tx: Tx, passed: readonly Crossing[]): Promise<boolean> {
  const [first] = passed;
  if (!first) return false;
  const told = await markTold(
    tx,
    first,
    passed.map(({ threshold }) => threshold),
  );
  // Of a limit the most, of a balance the least.
  const gravest = told.sort((a, b) => (a < b ? -1 : 1)).at(first.kind === "credits" ? 0 : -1);
  if (gravest === undefined || first.name === null) return false;
  await raiseAlert(tx, {
    organizationId: first.organizationId,
    kind: first.kind === "credits" ? "low_balance" : "spend_threshold",
    subject: first.subject,
    subjectId: first.subjectId,
    projectId: first.projectId,
    userId: first.userId,
    ...thresholdWords({ ...first, threshold: gravest }, first.name),
  });
  return true;
}
