import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { advanceJobKey } from "@/lib/billing/advance-job-key";
import { disableAutoTopUp, lockAutoTopUp } from "@/lib/billing/auto-top-up-store";
import { permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { addJob } from "@/lib/infra/jobs";

/**
 * Turns automatic top-ups off; the amounts stay for another time. One that waits for its confirmation is cancelled, one
 * that is being charged at this moment may still come.
 * @throws GatewayError not_found, forbidden.
 */
export function turnOffAutoTopUp({ organizationId, actor }: { organizationId: string; actor: Actor }): Promise<void> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "billing.manage");
    const before = await lockAutoTopUp(tx, organizationId);
    if (!before?.enabled) return;
    await disableAutoTopUp(tx, organizationId);
    await addJob(tx, "advance-top-up", advanceJobKey(organizationId), { organizationId });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "auto_top_up.turn_off",
      target: `organization:${organizationId}`,
      before: { enabled: true },
      after: { enabled: false },
    });
  });
}
