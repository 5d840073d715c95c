import { advanceAutomaticTopUp } from "@/lib/billing/advance-automatic-top-up";
import { advanceJobKey } from "@/lib/billing/advance-job-key";
import { findDueOrganizations } from "@/lib/billing/auto-top-up-store";
import { paymentService } from "@/lib/billing/payment-service";
import { refundTopUp } from "@/lib/billing/refund-top-up";
import { type JobQueue, startJobQueue } from "@/lib/infra/job-queue";
import { addMissingJobs, freeAbandonedJobs } from "@/lib/infra/jobs";
import { log } from "@/lib/infra/log";

/** How long credits may be below a threshold before that is noticed. Requests know nothing of it. */
const LOOK_EVERY_MS = 2_000;
const LOOK_LIMIT = 200;

let queue: JobQueue | undefined;
let timer: NodeJS.Timeout | undefined;

/** Has a job for every organisation whose automatic top-up wants something done. */
export async function lookForDueTopUps(): Promise<void> {
  await freeAbandonedJobs();
  const due = await findDueOrganizations(LOOK_LIMIT);
  await addMissingJobs(
    "advance-top-up",
    due.map((organizationId) => ({ key: advanceJobKey(organizationId), told: { organizationId } })),
  );
}

function next(): void {
  timer = setTimeout(() => {
    void lookForDueTopUps()
      .catch((error) => log().warn({ err: error }, "automatic top-ups have to wait: the database did not answer"))
      .finally(() => {
        if (timer) next();
      });
  }, LOOK_EVERY_MS).unref();
}

/** Starts to buy credits for those who want that; not where there is no way to pay. Every process does, one job at a time. */
export async function startTopUps(): Promise<void> {
  if (timer || !paymentService()) return;
  queue = await startJobQueue({ "advance-top-up": advanceAutomaticTopUp, "refund-top-up": refundTopUp });
  next();
}

/** Stops it, and waits for what is under way, at most `deadlineMs`; what is left is done by another process or later. */
export async function stopTopUps(deadlineMs: number): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  await queue?.stop(deadlineMs);
  queue = undefined;
}
