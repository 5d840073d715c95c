import { newId } from "@/lib/core/ids";
import { prisma, type Tx } from "@/lib/infra/db";
import type { Budget, EndUser, MeterPeriod, Prisma } from "@/lib/infra/prisma-client/client";

/** An end user of an organisation by the name that our customer gave them; deleted ones only where `withDeleted` says so. */
export interface EndUserFilter {
  organizationId: string;
  name: string;
  withDeleted?: boolean;
}

function where({ organizationId, name, withDeleted = false }: EndUserFilter): Prisma.EndUserWhereInput {
  return { organizationId, externalId: name, ...(withDeleted ? {} : { deletedAt: null }) };
}

/** Takes an end user for a change until the transaction ends; null when they are not there. */
export async function lockEndUser(tx: Tx, filter: EndUserFilter): Promise<EndUser | null> {
  await tx.$queryRaw`
    SELECT id FROM end_user WHERE organization_id = ${filter.organizationId} AND external_id = ${filter.name} FOR NO KEY UPDATE`;
  return tx.endUser.findFirst({ where: where(filter) });
}

/** Holds an end user as they are until the transaction ends; their id, or null when they are not there. */
export async function shareEndUser(tx: Tx, organizationId: string, name: string): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM end_user WHERE organization_id = ${organizationId} AND external_id = ${name} AND deleted_at IS NULL FOR SHARE`;
  return row?.id ?? null;
}

export interface EndUserFields {
  alias: string | null;
  budgetId: string | null;
  blocked: boolean;
  metadata: Prisma.InputJsonObject;
}

export function insertEndUser(
  tx: Tx,
  user: EndUserFields & { organizationId: string; externalId: string },
): Promise<EndUser> {
  return tx.endUser.create({ data: { id: newId("eu"), ...user } });
}

/** Writes changes; to be called under `lockEndUser`. */
export function saveEndUser(
  tx: Tx,
  id: string,
  changes: Partial<EndUserFields> & { deletedAt?: Date | null; createdAt?: Date },
): Promise<EndUser> {
  return tx.endUser.update({ where: { id }, data: changes });
}

/** A page of the end users of one organisation whose name or alias holds `search` (empty: all), newest first. */
export function findEndUserPage(
  organizationId: string,
  skip: number,
  limit: number,
  search: string,
): Promise<EndUser[]> {
  // Prisma hands LIKE's wild cards on as they are.
  const contains = { contains: search.replaceAll(/[\\%_]/g, "\\$&"), mode: "insensitive" } as const;
  return prisma().endUser.findMany({
    where: {
      organizationId,
      deletedAt: null,
      ...(search === "" ? {} : { OR: [{ externalId: contains }, { alias: contains }] }),
    },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    skip,
    take: limit,
  });
}

export function findEndUser(filter: EndUserFilter): Promise<EndUser | null> {
  return prisma().endUser.findFirst({ where: where(filter) });
}

/** A live end user of this organisation; null when they are not there or somebody else's. */
export function findEndUserById(organizationId: string, id: string): Promise<EndUser | null> {
  return prisma().endUser.findFirst({ where: { id, organizationId, deletedAt: null } });
}

export interface BudgetFields {
  /** nano-dollars; null: counted, not limited. */
  maxBudget: bigint | null;
  period: MeterPeriod;
  /** Length of an `interval`, in seconds. */
  durationSeconds: number | null;
}

export function insertBudget(tx: Tx, organizationId: string, budget: BudgetFields): Promise<Budget> {
  return tx.budget.create({ data: { id: newId("bud"), organizationId, ...budget } });
}

/** Takes a budget for a change until the transaction ends; null when it is not there or another organisation's. */
export async function lockBudget(tx: Tx, organizationId: string, budgetId: string): Promise<Budget | null> {
  await tx.$queryRaw`
    SELECT id FROM budget WHERE id = ${budgetId} AND organization_id = ${organizationId} FOR UPDATE`;
  return tx.budget.findFirst({ where: { id: budgetId, organizationId } });
}

/** Holds a budget as it is until the transaction ends; null when it is not there or another organisation's. */
export async function shareBudget(tx: Tx, organizationId: string, budgetId: string): Promise<Budget | null> {
  await tx.$queryRaw`
    SELECT id FROM budget WHERE id = ${budgetId} AND organization_id = ${organizationId} FOR SHARE`;
  return tx.budget.findFirst({ where: { id: budgetId, organizationId } });
}

/** Writes changes; to be called under `lockBudget`. */
export function saveBudget(tx: Tx, budgetId: string, changes: Partial<BudgetFields>): Promise<Budget> {
  return tx.budget.update({ where: { id: budgetId }, data: changes });
}

/** Removes the row; who was assigned to it is assigned to none. To be called under `lockBudget`. */
export async function removeBudget(tx: Tx, budgetId: string): Promise<void> {
  await tx.budget.delete({ where: { id: budgetId } });
}

/** The ids of those who are assigned to a budget; to be read under its lock. */
export async function findAssigned(tx: Tx, budgetId: string): Promise<string[]> {
  return (await tx.endUser.findMany({ where: { budgetId }, select: { id: true } })).map(({ id }) => id);
}

/** A page of the budgets of one organisation, or of all (null), newest first. */
export function findBudgetPage(organizationId: string | null, skip: number, limit: number): Promise<Budget[]> {
  return prisma().budget.findMany({
    where: organizationId === null ? {} : { organizationId },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    skip,
    take: limit,
  });
}

/** How many live end users each of these budgets is assigned to; those of nobody are left out. */
export function countAssigned(budgetIds: readonly string[]) {
  return prisma().endUser.groupBy({
    by: ["budgetId"],
    where: { budgetId: { in: [...budgetIds] }, deletedAt: null },
    _count: true,
  });
}

/** One budget of whichever organisation. */
export function findBudget(budgetId: string): Promise<Budget | null> {
  return prisma().budget.findUnique({ where: { id: budgetId } });
}
