import { recordAudit } from "@/lib/audit/record";
import { insertMembership } from "@/lib/identity/store";
import type { Tx } from "@/lib/infra/db";
import type { Invite } from "@/lib/infra/prisma-client/client";
import { findFirstProject, saveInvite } from "@/lib/members/invite-store";
import type { PersonActor } from "@/lib/members/permit-grant";

/** Where somebody is after they joined; null: the organisation has no project. */
export interface Joined {
  organizationId: string;
  projectId: string | null;
}

/** Uses an invitation up and makes the actor a member, in the caller's transaction, under `takeInvite`. */
export async function joinOrganization(tx: Tx, invite: Invite, actor: PersonActor, now: Date): Promise<Joined> {
  const { organizationId, role } = invite;
  await insertMembership(tx, { organizationId, userId: actor.userId, role });
  await saveInvite(tx, invite.id, { acceptedAt: now });
  const projectId = await findFirstProject(tx, organizationId);
  await recordAudit(tx, {
    organizationId,
    actor,
    action: "member.join",
    target: `user:${actor.userId}`,
    after: { email: invite.email, role, invite: invite.id },
  });
  return { organizationId, projectId };
}
