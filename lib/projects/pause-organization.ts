import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { notFound, permit } from "@/lib/identity/permit";
import { lockOrganization, saveOrganization } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import { bumpOrganizationKeys } from "@/lib/keys/store";

export interface OrganizationPause {
  organizationId: string;
  isPaused: boolean;
  actor: Actor;
}

/**
 * As `pauseProject`, for every project of an organisation; projects that are paused by themselves stay so.
 * @throws GatewayError not_found, forbidden.
 */
export function pauseOrganization({ organizationId, isPaused, actor }: OrganizationPause): Promise<void> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "organization.update");
    const organization = await lockOrganization(tx, organizationId);
    if (!organization) throw notFound("Organization");
    if ((organization.pausedAt !== null) === isPaused) return;
    await saveOrganization(tx, organizationId, { pausedAt: isPaused ? new Date() : null });
    await bumpOrganizationKeys(tx, organizationId);
    await recordAudit(tx, {
      organizationId,
      actor,
      action: isPaused ? "organization.pause" : "organization.resume",
      target: `organization:${organizationId}`,
      before: { paused: !isPaused },
      after: { paused: isPaused },
    });
  });
}
