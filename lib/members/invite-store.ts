import { newId } from "@/lib/core/ids";
import { prisma, type Tx } from "@/lib/infra/db";
import type { Invite, Role } from "@/lib/infra/prisma-client/client";

/** Neither accepted nor revoked; it may have expired. */
const open = { acceptedAt: null, revokedAt: null } as const;

/** An invitation, and what its sender is in the organisation by now; null: no member any more. */
export interface SentInvite {
  invite: Invite;
  inviterRole: Role | null;
}

export interface NewInviteRow {
  organizationId: string;
  email: string;
  role: Role;
  tokenHash: string;
  isMailed: boolean;
  invitedById: string;
  expiresAt: Date;
  createdAt: Date;
}

export function insertInvite(tx: Tx, invite: NewInviteRow): Promise<Invite> {
  return tx.invite.create({ data: { id: newId("inv"), ...invite } });
}

/** How many invitations an organisation has made since then, whatever became of them. */
export function countInvitesSince(tx: Tx, organizationId: string, since: Date): Promise<number> {
  return tx.invite.count({ where: { organizationId, createdAt: { gte: since } } });
}

/** Whether an address is a member's of this organisation. */
export async function isMemberEmail(tx: Tx, organizationId: string, email: string): Promise<boolean> {
  return (await tx.membership.count({ where: { organizationId, user: { email } } })) > 0;
}

/** Whether there is an open invitation of this address, by whichever organisation. */
export async function hasInvite(tx: Tx, email: string, now: Date): Promise<boolean> {
  return (await tx.invite.count({ where: { email, ...open, expiresAt: { gt: now } } })) > 0;
}

/** Takes every invitation of an organisation back; under its lock. */
export async function revokeInvites(tx: Tx, organizationId: string): Promise<void> {
  await tx.invite.updateMany({ where: { organizationId, ...open }, data: { revokedAt: new Date() } });
}

/** The invitations of an organisation that are neither accepted nor revoked, newest first. */
export async function findInvites(organizationId: string): Promise<SentInvite[]> {
  const invites = await prisma().invite.findMany({
    where: { organizationId, ...open },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
  });
  const roles = await rolesOf(organizationId, new Set(invites.map(({ invitedById }) => invitedById)));
  return invites.map((invite) => ({ invite, inviterRole: roles.get(invite.invitedById) ?? null }));
}

async function rolesOf(organizationId: string, userIds: ReadonlySet<string>): Promise<Map<string, Role>> {
  const rows = await prisma().membership.findMany({
    where: { organizationId, userId: { in: [...userIds] } },
    select: { userId: true, role: true },
  });
  return new Map(rows.map(({ userId, role }) => [userId, role]));
}

/** Takes an organisation's open invitation for a change until the transaction ends; null when it has none such. */
export async function lockInvite(tx: Tx, organizationId: string, inviteId: string): Promise<Invite | null> {
  await tx.$queryRaw`SELECT id FROM invite WHERE id = ${inviteId} AND organization_id = ${organizationId} FOR UPDATE`;
  return tx.invite.findFirst({ where: { id: inviteId, organizationId, ...open } });
}

/** What a link leads to, whatever became of it; null when there is no such invitation. */
export function findInviteByHash(tokenHash: string) {
  return prisma().invite.findUnique({
    where: { tokenHash },
    include: { organization: { select: { name: true } } },
  });
}

/**
 * Takes what a link leads to until the transaction ends, after its organisation: of two who accept it at once, or one who
 * accepts while another revokes, one waits. Null when there is no such invitation.
 */
export async function lockInviteByHash(tx: Tx, tokenHash: string): Promise<Invite | null> {
  await tx.$queryRaw`
    SELECT o.id FROM organization o JOIN invite i ON i.organization_id = o.id WHERE i.token_hash = ${tokenHash} FOR NO KEY UPDATE OF o`;
  await tx.$queryRaw`SELECT id FROM invite WHERE token_hash = ${tokenHash} FOR UPDATE`;
  return tx.invite.findUnique({ where: { tokenHash } });
}

export interface InviteChanges {
  tokenHash?: string;
  isMailed?: boolean;
  invitedById?: string;
  expiresAt?: Date;
  acceptedAt?: Date;
  revokedAt?: Date;
}

export function saveInvite(tx: Tx, inviteId: string, changes: InviteChanges): Promise<Invite> {
  return tx.invite.update({ where: { id: inviteId }, data: changes });
}

/** The oldest live project of an organisation; null when it has none. */
export async function findFirstProject(tx: Tx, organizationId: string): Promise<string | null> {
  const project = await tx.project.findFirst({
    where: { organizationId, deletedAt: null },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    select: { id: true },
  });
  return project?.id ?? null;
}

/** What the organisation and whoever invites are called. */
export async function findInviteWords(
  tx: Tx,
  organizationId: string,
  userId: string,
): Promise<{ organization: string; inviter: string }> {
  const [organization, user] = [
    await tx.organization.findUniqueOrThrow({ where: { id: organizationId }, select: { name: true } }),
    await tx.user.findUniqueOrThrow({ where: { id: userId }, select: { name: true, email: true } }),
  ];
  return { organization: organization.name, inviter: user.name ? `${user.name} (${user.email})` : user.email };
}
