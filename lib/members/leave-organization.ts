import { notFound } from "@/lib/identity/permit";
import { findMembership } from "@/lib/identity/store";
import { type MemberRemoval, removeMember } from "@/lib/members/remove-member";

/**
 * Leaves an organisation; as `removeMember`, of oneself.
 * @throws GatewayError as `removeMember`.
 */
export async function leaveOrganization({
  organizationId,
  heirId,
  actor,
}: Omit<MemberRemoval, "memberId">): Promise<void> {
  const membership = await findMembership(organizationId, actor.userId);
  if (!membership) throw notFound("Organization");
  await removeMember({ organizationId, memberId: membership.id, heirId, actor });
}
