import { GatewayError } from "@/lib/core/errors";
import { hashLinkToken } from "@/lib/identity/link-token";
import { findRole } from "@/lib/identity/store";
import type { Tx } from "@/lib/infra/db";
import type { Invite } from "@/lib/infra/prisma-client/client";
import { type InviteState, inviteState } from "@/lib/members/invite-state";
import { lockInviteByHash } from "@/lib/members/invite-store";

const CLOSED: Readonly<Record<Exclude<InviteState, "open">, string>> = {
  expired: "This invitation has expired. Ask for it to be sent again.",
  used: "This invitation has been accepted already.",
  revoked: "This invitation was taken back. Ask for a new one.",
};

/**
 * Takes an open invitation until the transaction ends, after its organisation.
 * @throws GatewayError conflict, saying what became of it.
 */
export async function takeInvite(tx: Tx, token: string, now: Date): Promise<Invite> {
  const invite = await lockInviteByHash(tx, hashLinkToken(token));
  if (!invite) throw inviteNotValid();
  const state = inviteState(invite, await findRole(invite.organizationId, invite.invitedById, tx), now);
  if (state !== "open") throw new GatewayError("conflict", CLOSED[state]);
  return invite;
}

/** What is said of a link that leads to nothing. */
export function inviteNotValid(): GatewayError {
  return new GatewayError("conflict", "This invitation is not valid, or was sent anew since.");
}
