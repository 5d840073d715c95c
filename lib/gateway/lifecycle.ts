import { startAlerts, stopAlerts } from "@/lib/alerts/background";
import { startTopUps, stopTopUps } from "@/lib/billing/background";
import { ensurePartitions } from "@/lib/gateway/hold-store";
import { startExtending, stopExtending, untilNothingHeld } from "@/lib/gateway/holds";
import { drainSettlements, replayJournals } from "@/lib/gateway/settle";
import { startSweeping, stopSweeping } from "@/lib/gateway/sweep";
import { ensureDefaultProject } from "@/lib/identity/ensure-default-project";
import { ensureLocalUser } from "@/lib/identity/ensure-local-user";
import { config } from "@/lib/infra/config";
import { closeDatabase } from "@/lib/infra/db";
import { closeUpstreamPools } from "@/lib/infra/upstream-http";
import { startExpiringPromotions, stopExpiringPromotions } from "@/lib/ledger/expire-promotions";
import { startRefreshingPrices, stopRefreshingPrices } from "@/lib/pricing/refresh-prices";
import { startWritingRefusals, stopWritingRefusals } from "@/lib/provider-keys/refusals";
import { startRollups, stopRollups } from "@/lib/usage/keep-rollups";
import { drainCaptures } from "@/lib/usage/note-capture";

/** How long shutdown waits for answers whose clients are gone: they have no connection any more that keeps the server. */
const ANSWER_DEADLINE_MS = 10_000;
/** How long shutdown waits for a database that does not answer; what is not settled by then is in the journal. */
const SETTLE_DEADLINE_MS = 10_000;
/** How long shutdown waits for a mail that is just being handed over. */
const MAIL_DEADLINE_MS = 5_000;
/** How long shutdown waits for a step of the rollups; the next process does it again. */
const ROLLUP_DEADLINE_MS = 2_000;
/** How long shutdown waits for the bodies of the last requests; what is not written by then is not kept. */
const CAPTURE_DEADLINE_MS = 2_000;
/** How long shutdown waits for a payment that is just being asked for. */
const JOBS_DEADLINE_MS = 5_000;

/**
 * Before the first request: makes what every installation has, settles what an earlier process left, then keeps holds,
 * partitions, prices, rollups and promotions in order.
 */
export async function startGateway(): Promise<void> {
  await ensurePartitions();
  await ensureDefaultProject();
  if (config().disableAuth) await ensureLocalUser();
  await replayJournals();
  await startRefreshingPrices();
  await startExpiringPromotions();
  startExtending();
  startSweeping();
  startAlerts();
  startWritingRefusals();
  startRollups();
  await startTopUps();
}

/** After the last request: everything is settled or journalled, and every connection is closed. */
export async function stopGateway(): Promise<void> {
  stopSweeping();
  stopWritingRefusals();
  const alertsStopped = stopAlerts(MAIL_DEADLINE_MS);
  const rollupsStopped = stopRollups(ROLLUP_DEADLINE_MS);
  const topUpsStopped = stopTopUps(JOBS_DEADLINE_MS);
  stopRefreshingPrices();
  stopExpiringPromotions();
  await untilNothingHeld(ANSWER_DEADLINE_MS);
  await drainSettlements(SETTLE_DEADLINE_MS);
  stopExtending();
  await drainCaptures(CAPTURE_DEADLINE_MS);
  await alertsStopped;
  await rollupsStopped;
  await topUpsStopped;
  await closeUpstreamPools();
  await closeDatabase();
}
