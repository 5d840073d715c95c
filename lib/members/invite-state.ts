import { mayGrant, type Role } from "@/lib/identity/roles";

/** What became of an invitation. */
export type InviteState = "open" | "expired" | "used" | "revoked";

interface StoredInvite {
  role: Role;
  acceptedAt: Date | null;
  revokedAt: Date | null;
  expiresAt: Date;
}

/**
 * What became of an invitation by `now`. It opens nothing that whoever sent it could not give away any more: one whose sender
 * was removed, or may no longer make somebody its role (`inviterRole`), counts as revoked.
 */
export function inviteState(invite: StoredInvite, inviterRole: Role | null, now: Date): InviteState {
  if (invite.acceptedAt !== null) return "used";
  if (invite.revokedAt !== null || inviterRole === null || !mayGrant(inviterRole, invite.role)) return "revoked";
  return invite.expiresAt <= now ? "expired" : "open";
}
