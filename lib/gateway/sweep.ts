import { purgeCached } from "@/lib/gateway/cached-answer-store";
import { ensurePartitions, readExpiredHolds } from "@/lib/gateway/hold-store";
import { HOLD_SECONDS } from "@/lib/gateway/holds";
import { purgeExpired } from "@/lib/gateway/idempotent-answer-store";
import { settled, UNCHARGED } from "@/lib/gateway/settle";
import { purgeBlocks } from "@/lib/identity/block-store";
import { config } from "@/lib/infra/config";
import { log } from "@/lib/infra/log";
import { purgeOldCaptures, purgeUnkeptCaptures } from "@/lib/usage/capture-store";

const SWEEP_EVERY_MS = 15_000;
const PARTITIONS_EVERY_MS = 6 * 3_600_000;
const SWEEP_LIMIT = 500;

let timers: NodeJS.Timeout[] = [];
/** Until then this process trusts no deadline: it could not reach the database, so perhaps nobody could. */
let trustFrom = 0;

/**
 * Releases holds past their deadline: their process died. The request is marked lost, the customer pays nothing. Any
 * instance may do it, several at once too; the hold can be deleted only once.
 * @returns how many were released.
 */
export async function sweepExpiredHolds(graceSeconds: number = HOLD_SECONDS): Promise<number> {
  const expired = await readExpiredHolds(SWEEP_LIMIT, graceSeconds);
  await Promise.all(
    expired.map((hold) =>
      settled({
        ...UNCHARGED,
        id: hold.requestId,
        createdAt: hold.createdAt,
        organizationId: hold.organizationId,
        projectId: hold.projectId,
        apiKeyId: hold.apiKeyId,
        environment: hold.environment,
        endpoint: hold.endpoint,
        outcome: "lost",
        status: 500,
        errorCode: "internal_error",
        errorMessage: "The process that served this request ended before it was settled. Nothing was charged.",
        requestedModel: hold.model,
        model: hold.model,
        hold: hold.amount,
        latencyMs: Math.min(Date.now() - hold.createdAt, 2_147_483_647),
      }),
    ),
  );
  if (expired.length > 0) log().warn({ count: expired.length }, "released holds of requests that were lost");
  return expired.length;
}

async function round(): Promise<void> {
  if (Date.now() < trustFrom) return;
  try {
    while ((await sweepExpiredHolds()) === SWEEP_LIMIT);
    while ((await purgeExpired(SWEEP_LIMIT)) === SWEEP_LIMIT);
    while ((await purgeCached(SWEEP_LIMIT)) === SWEEP_LIMIT);
    while ((await purgeOldCaptures(SWEEP_LIMIT, config().captureDays)) === SWEEP_LIMIT);
    while ((await purgeUnkeptCaptures(SWEEP_LIMIT)) === SWEEP_LIMIT);
    while ((await purgeBlocks(SWEEP_LIMIT, config().bruteForce.ttlSeconds)) === SWEEP_LIMIT);
  } catch (error) {
    trustFrom = Date.now() + HOLD_SECONDS * 1000;
    log().warn({ err: error }, "the sweep of expired holds could not reach the database");
  }
}

/** Starts the sweep, of kept answers, kept bodies and faded blocks too, and the making of partitions ahead. */
export function startSweeping(): void {
  if (timers.length > 0) return;
  timers = [
    setInterval(() => void round(), SWEEP_EVERY_MS).unref(),
    setInterval(() => {
      ensurePartitions().catch((error: unknown) =>
        log().warn({ err: error }, "could not make the next days' partitions"),
      );
    }, PARTITIONS_EVERY_MS).unref(),
  ];
}

export function stopSweeping(): void {
  for (const timer of timers) clearInterval(timer);
  timers = [];
}
