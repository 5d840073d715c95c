import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { advanceJobKey } from "@/lib/billing/advance-job-key";
import { disableAutoTopUp } from "@/lib/billing/auto-top-up-store";
import { GatewayError } from "@/lib/core/errors";
import { notFound, permit } from "@/lib/identity/permit";
import { lockOrganization, saveOrganization } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import { addJob } from "@/lib/infra/jobs";
import { bumpOrganizationKeys } from "@/lib/keys/store";
import { revokeInvites } from "@/lib/members/invite-store";
import { deleteMemberships } from "@/lib/members/store";
import { deleteProjects } from "@/lib/projects/store";
import { deleteProviderKeys } from "@/lib/provider-keys/store";

export interface OrganizationDeletion {
  organizationId: string;
  /** Its name, as whoever deletes it typed it. */
  name: string;
  actor: Actor;
}

/**
 * Deletes an organisation for good: from the commit on all keys of all its projects are refused, its provider keys are
 * gone, nobody is a member, and no invitation leads there. What the books are made of stays: receipts, journal, top-ups,
 * meters, and the audit trail. Requests that run now are settled as they would have been; its credits are neither paid
 * out nor taken. An automatic top-up under way is cancelled, and what is paid all the same goes back (`receiveStripeEvent`).
 * @throws GatewayError not_found, forbidden; invalid_fields for another name; conflict for the organisation that every
 *   installation has.
 */
export function deleteOrganization({ organizationId, name, actor }: OrganizationDeletion): Promise<void> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "organization.delete");
    const organization = await lockOrganization(tx, organizationId);
    if (!organization) throw notFound("Organization");
    if (organization.isDefault) {
      throw new GatewayError(
        "conflict",
        "The default organization cannot be deleted: the master key's requests go there.",
      );
    }
    if (name.trim() !== organization.name.trim()) {
      const message = "Type the name of the organization as it is written";
      throw new GatewayError("invalid_fields", message, { metadata: { fields: { name: message } } });
    }
    await saveOrganization(tx, organizationId, { deletedAt: new Date() });
    const members = await deleteMemberships(tx, organizationId);
    const projects = await deleteProjects(tx, organizationId);
    await bumpOrganizationKeys(tx, organizationId);
    const providerKeys = await deleteProviderKeys(tx, organizationId);
    await revokeInvites(tx, organizationId);
    await disableAutoTopUp(tx, organizationId);
    await addJob(tx, "advance-top-up", advanceJobKey(organizationId), { organizationId });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "organization.delete",
      target: `organization:${organizationId}`,
      before: { name: organization.name, members, projects, provider_keys: providerKeys },
    });
  });
}
