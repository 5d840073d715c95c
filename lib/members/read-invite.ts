import { hashLinkToken } from "@/lib/identity/link-token";
import type { Role } from "@/lib/identity/roles";
import { findRole, findUserByEmail } from "@/lib/identity/store";
import { type InviteState, inviteState } from "@/lib/members/invite-state";
import { findInviteByHash } from "@/lib/members/invite-store";

/** An invitation as whoever has its link sees it. */
export interface InviteView {
  state: InviteState;
  organizationName: string;
  email: string;
  role: Role;
  /** Whether somebody has the address already, and signs in instead of signing up. */
  hasAccount: boolean;
}

/** What a link leads to, whatever became of it; null when it leads to nothing, as after it was sent anew. */
export async function readInvite(token: string, now = new Date()): Promise<InviteView | null> {
  const invite = await findInviteByHash(hashLinkToken(token));
  if (!invite) return null;
  const inviterRole = await findRole(invite.organizationId, invite.invitedById);
  return {
    state: inviteState(invite, inviterRole, now),
    organizationName: invite.organization.name,
    email: invite.email,
    role: invite.role,
    hasAccount: (await findUserByEmail(invite.email)) !== null,
  };
}
