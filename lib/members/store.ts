import { prisma, type Tx } from "@/lib/infra/db";
import type { IamRule, Membership, Prisma } from "@/lib/infra/prisma-client/client";

const shown = {
  user: { select: { name: true, email: true } },
  iamRules: { orderBy: [{ createdAt: "asc" }, { id: "asc" }] },
} satisfies Prisma.MembershipInclude;

/** A member with their name, address and rules. */
export type MemberRow = Membership & { user: { name: string | null; email: string }; iamRules: IamRule[] };

/** The members of an organisation, those who came first in front. */
export function findMembers(organizationId: string): Promise<MemberRow[]> {
  return prisma().membership.findMany({
    where: { organizationId },
    include: shown,
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
  });
}

/** A page of the members of an organisation, newest first. */
export function findMemberPage(organizationId: string, skip: number, limit: number): Promise<MemberRow[]> {
  return prisma().membership.findMany({
    where: { organizationId },
    include: shown,
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    skip,
    take: limit,
  });
}

/** One member of an organisation; null when they are none of its members. Inside a transaction when one is given. */
export function findMember(organizationId: string, memberId: string, tx: Tx = prisma()): Promise<MemberRow | null> {
  return tx.membership.findFirst({ where: { id: memberId, organizationId }, include: shown });
}

/** How many keys that are not deleted each person made in an organisation, and how many of them are enabled. */
export async function countKeysByMaker(organizationId: string): Promise<Map<string, { all: number; active: number }>> {
  const groups = await prisma().apiKey.groupBy({
    by: ["createdById", "status"],
    where: {
      organizationId,
      kind: "issued",
      status: { not: "deleted" },
      createdById: { not: null },
      project: { deletedAt: null },
    },
    _count: { _all: true },
  });
  const counts = new Map<string, { all: number; active: number }>();
  for (const { createdById, status, _count } of groups) {
    if (createdById === null) continue;
    const before = counts.get(createdById) ?? { all: 0, active: 0 };
    counts.set(createdById, {
      all: before.all + _count._all,
      active: before.active + (status === "active" ? _count._all : 0),
    });
  }
  return counts;
}

/**
 * Takes a member for a change until the transaction ends; null when they are none of this organisation's. Takes the
 * organisation first, so of two changes of members one waits for the other, and what one counts the other has not changed.
 */
export async function takeMember(tx: Tx, organizationId: string, memberId: string): Promise<Membership | null> {
  await tx.$queryRaw`SELECT id FROM organization WHERE id = ${organizationId} FOR NO KEY UPDATE`;
  await tx.$queryRaw`
    SELECT id FROM membership WHERE id = ${memberId} AND organization_id = ${organizationId} FOR UPDATE`;
  return tx.membership.findFirst({ where: { id: memberId, organizationId } });
}

/** How many owners an organisation has; under its lock. */
export function countOwners(tx: Tx, organizationId: string): Promise<number> {
  return tx.membership.count({ where: { organizationId, role: "owner" } });
}

export async function saveRole(tx: Tx, memberId: string, role: Membership["role"]): Promise<void> {
  await tx.membership.update({ where: { id: memberId }, data: { role } });
}

/** Removes every member of an organisation, and with them their rules; under its lock. Returns how many there were. */
export async function deleteMemberships(tx: Tx, organizationId: string): Promise<number> {
  return (await tx.membership.deleteMany({ where: { organizationId } })).count;
}

/** Removes a member, and with them their rules. */
export async function deleteMembership(tx: Tx, memberId: string): Promise<void> {
  await tx.membership.delete({ where: { id: memberId } });
}
