import { GatewayError } from "@/lib/core/errors";
import { findRole, lockUser } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import { type Joined, joinOrganization } from "@/lib/members/join-organization";
import { takeInvite } from "@/lib/members/take-invite";

export interface InviteAcceptance {
  /** Out of the link. */
  token: string;
  /** Who is signed in. */
  userId: string;
  address: string | null;
}

/**
 * Makes a person the member of an organisation that they were invited to; the invitation is for their address alone, and
 * for once.
 * @throws GatewayError conflict as `takeInvite`, and for a member; forbidden for another address.
 */
export function acceptInvite({ token, userId, address }: InviteAcceptance, now = new Date()): Promise<Joined> {
  return transaction(async (tx) => {
    const invite = await takeInvite(tx, token, now);
    const user = await lockUser(tx, userId);
    if (user?.email !== invite.email) {
      throw new GatewayError("forbidden", `This invitation is for ${invite.email}. Sign in with that address.`);
    }
    if (await findRole(invite.organizationId, userId, tx)) {
      throw new GatewayError("conflict", "You are a member of this organisation already.");
    }
    return joinOrganization(tx, invite, { userId, address }, now);
  });
}
