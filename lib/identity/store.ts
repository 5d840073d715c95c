import { newId } from "@/lib/core/ids";
import type { Role } from "@/lib/identity/roles";
import { prisma, type Tx } from "@/lib/infra/db";
import { Prisma, type User } from "@/lib/infra/prisma-client/client";

export interface NewUser {
  email: string;
  name: string | null;
  image: string | null;
  passwordHash: string | null;
  emailVerified: Date | null;
}

export function insertUser(tx: Tx, user: NewUser): Promise<User> {
  return tx.user.create({ data: { id: newId("usr"), ...user } });
}

export function findUserById(id: string): Promise<User | null> {
  return prisma().user.findUnique({ where: { id } });
}

/** `email` as `emailSchema` leaves it. */
export function findUserByEmail(email: string): Promise<User | null> {
  return prisma().user.findUnique({ where: { email } });
}

/** Takes a person for a change until the transaction ends; null when they are gone. */
export async function lockUser(tx: Tx, userId: string): Promise<User | null> {
  await tx.$queryRaw`SELECT id FROM "user" WHERE id = ${userId} FOR NO KEY UPDATE`;
  return tx.user.findUnique({ where: { id: userId } });
}

export interface UserChanges {
  name?: string | null;
  email?: string;
  emailVerified?: Date;
  passwordHash?: string;
}

/** Writes changes; `endSessions` ends every session of the person. To be called under `lockUser`. */
export async function saveUser(
  tx: Tx,
  userId: string,
  changes: UserChanges,
  { endSessions = false } = {},
): Promise<void> {
  await tx.user.update({
    where: { id: userId },
    data: { ...changes, ...(endSessions ? { sessionVersion: { increment: 1 } } : {}) },
  });
}

/** Of how many organisations this person is an owner. */
export function countOwned(tx: Tx, userId: string): Promise<number> {
  return tx.membership.count({ where: { userId, role: "owner" } });
}

/** The person behind an account at GitHub or Google. */
export async function findUserByAccount(provider: string, providerAccountId: string): Promise<User | null> {
  const account = await prisma().account.findUnique({
    where: { provider_providerAccountId: { provider, providerAccountId } },
    select: { user: true },
  });
  return account?.user ?? null;
}

/** At which providers a person has an account that signs them in. */
export async function findProvidersOf(userId: string): Promise<string[]> {
  const accounts = await prisma().account.findMany({ where: { userId }, select: { provider: true } });
  return [...new Set(accounts.map(({ provider }) => provider))].sort();
}

/** The e-mail of a person, when it is proven to be theirs; the row stays as it is until the transaction ends. */
export async function lockVerifiedUser(tx: Tx, userId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "user" WHERE id = ${userId} AND email_verified IS NOT NULL FOR SHARE`;
  return rows.length > 0;
}

export async function insertAccount(
  tx: Tx,
  account: { userId: string; type: string; provider: string; providerAccountId: string; scope: string | null },
): Promise<void> {
  await tx.account.create({ data: { id: newId("acc"), ...account } });
}

export function insertOrganization(
  tx: Tx,
  organization: { name: string; billingEmail: string | null; isDefault: boolean },
) {
  return tx.organization.create({ data: { id: newId("org"), ...organization } });
}

/** Holds an organisation as it is until the transaction ends; false when it is not there, or was deleted. */
export async function shareOrganization(tx: Tx, organizationId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM organization WHERE id = ${organizationId} AND deleted_at IS NULL FOR SHARE`;
  return rows.length > 0;
}

/**
 * Takes an organisation for a change, until the transaction ends; keys and projects that are being made wait for it. Null
 * when it is not there, or was deleted.
 */
export async function lockOrganization(
  tx: Tx,
  organizationId: string,
): Promise<{ name: string; isDefault: boolean; pausedAt: Date | null } | null> {
  await tx.$queryRaw`SELECT id FROM organization WHERE id = ${organizationId} FOR NO KEY UPDATE`;
  return tx.organization.findUnique({
    where: { id: organizationId, deletedAt: null },
    select: { name: true, isDefault: true, pausedAt: true },
  });
}

export async function saveOrganization(
  tx: Tx,
  organizationId: string,
  changes: { pausedAt?: Date | null; deletedAt?: Date },
): Promise<void> {
  await tx.organization.update({ where: { id: organizationId }, data: changes });
}

export async function insertMembership(
  tx: Tx,
  membership: { organizationId: string; userId: string; role: Role },
): Promise<void> {
  await tx.membership.create({ data: { id: newId("mem"), ...membership } });
}

/** A person's role in an organisation; null when they are no member. Inside a transaction when one is given. */
export async function findRole(organizationId: string, userId: string, tx: Tx = prisma()): Promise<Role | null> {
  const membership = await tx.membership.findUnique({
    where: { organizationId_userId: { organizationId, userId } },
    select: { role: true },
  });
  return membership?.role ?? null;
}

/** As `findRole`, and the role stays as it is until the transaction ends. Before the rows of keys, after the organisation's. */
export async function shareRole(tx: Tx, organizationId: string, userId: string): Promise<Role | null> {
  await tx.$queryRaw`
    SELECT id FROM membership WHERE organization_id = ${organizationId} AND user_id = ${userId} FOR SHARE`;
  return findRole(organizationId, userId, tx);
}

/** An organisation and one person's membership in it; null when it is not theirs or not there. */
export function findMembership(organizationId: string, userId: string) {
  return prisma().membership.findUnique({
    where: { organizationId_userId: { organizationId, userId } },
    include: { organization: true },
  });
}

/** Whether `error` is the database's "there is one already". */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2002";
}

/** The organisation that every installation has, and its project; null before `ensureDefaultProject`. */
export async function findDefaultOrganization(
  tx: Tx = prisma(),
): Promise<{ organizationId: string; projectId: string } | null> {
  const project = await tx.project.findFirst({
    where: { isDefault: true, organization: { isDefault: true } },
    select: { id: true, organizationId: true },
  });
  return project && { organizationId: project.organizationId, projectId: project.id };
}

/** Until this transaction ends, nobody else makes what every installation has. */
export async function lockInstallation(tx: Tx): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('installation', 0))`;
}

/** Whether there is such an organisation. */
export async function organizationExists(organizationId: string): Promise<boolean> {
  return (await prisma().organization.count({ where: { id: organizationId } })) > 0;
}
