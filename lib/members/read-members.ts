import { notFound } from "@/lib/identity/permit";
import type { Role } from "@/lib/identity/roles";
import { type InviteState, inviteState } from "@/lib/members/invite-state";
import { findInvites } from "@/lib/members/invite-store";
import { type MemberView, memberView } from "@/lib/members/member-view";
import { countKeysByMaker, findMember, findMemberPage, findMembers } from "@/lib/members/store";

/** A member, and how many keys that are not deleted they made. */
export interface MemberWithKeys extends MemberView {
  keys: { all: number; active: number };
}

/** An invitation that was not accepted yet. Times are ISO 8601. */
export interface PendingInvite {
  id: string;
  email: string;
  role: Role;
  /** open or expired; revoked where its sender may not give that role away any more. Each can be sent anew. */
  state: InviteState;
  expiresAt: string;
}

/** The members of an organisation with the number of their keys, those who came first in front. */
export async function listMembers(organizationId: string): Promise<MemberWithKeys[]> {
  const [rows, keys] = await Promise.all([findMembers(organizationId), countKeysByMaker(organizationId)]);
  return rows.map((row) => ({ ...memberView(row), keys: keys.get(row.userId) ?? { all: 0, active: 0 } }));
}

/** A page of the members of an organisation, newest first. */
export async function listMemberPage(organizationId: string, skip: number, limit: number): Promise<MemberView[]> {
  return (await findMemberPage(organizationId, skip, limit)).map(memberView);
}

/** One member of an organisation; null when they are not there or another's. */
export async function findMemberView(organizationId: string, memberId: string): Promise<MemberView | null> {
  const row = await findMember(organizationId, memberId);
  return row && memberView(row);
}

/**
 * As `findMemberView`.
 * @throws GatewayError not_found.
 */
export async function requireMember(organizationId: string, memberId: string): Promise<MemberView> {
  const member = await findMemberView(organizationId, memberId);
  if (!member) throw notFound("Member");
  return member;
}

/** The invitations of an organisation that nobody accepted or took back, newest first. */
export async function listInvites(organizationId: string, now = new Date()): Promise<PendingInvite[]> {
  return (await findInvites(organizationId)).map(({ invite, inviterRole }) => ({
    id: invite.id,
    email: invite.email,
    role: invite.role,
    state: inviteState(invite, inviterRole, now),
    expiresAt: invite.expiresAt.toISOString(),
  }));
}
