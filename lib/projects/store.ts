import { newId } from "@/lib/core/ids";
import { prisma, type Tx } from "@/lib/infra/db";
import type { IamRule, Prisma, Project } from "@/lib/infra/prisma-client/client";
import type { ProjectMode, Retention } from "@/lib/projects/schemas";

export interface NewProjectRow {
  organizationId: string;
  name: string;
  mode: ProjectMode;
  retention?: Retention;
  isDefault?: boolean;
}

export function insertProject(tx: Tx, project: NewProjectRow): Promise<Project> {
  return tx.project.create({ data: { id: newId("prj"), ...project } });
}

/** A live project of this organisation; null when it is not there or somebody else's. */
export function findProject(tx: Tx, organizationId: string, projectId: string): Promise<Project | null> {
  return tx.project.findFirst({ where: { id: projectId, organizationId, deletedAt: null } });
}

/**
 * Holds a live project as it is until the transaction ends: a change of the project waits for the keys being made in
 * it, and the other way round, so no key is made under settings that its version does not know. Locks go organisation,
 * project, keys, meters. False when it is not there or somebody else's.
 */
export async function shareProject(tx: Tx, organizationId: string, projectId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT p.id FROM organization o JOIN project p ON p.organization_id = o.id
    WHERE p.id = ${projectId} AND o.id = ${organizationId} AND p.deleted_at IS NULL FOR SHARE`;
  return rows.length > 0;
}

/** Takes a live project for a change, until the transaction ends; null when it is not there or somebody else's. */
export async function lockProject(tx: Tx, organizationId: string, projectId: string): Promise<Project | null> {
  await tx.$queryRaw`
    SELECT id FROM project WHERE id = ${projectId} AND organization_id = ${organizationId} FOR NO KEY UPDATE`;
  return findProject(tx, organizationId, projectId);
}

/** Writes changes and bumps the project's version; to be called under `lockProject`. */
export function saveProject(
  tx: Tx,
  projectId: string,
  changes: {
    name?: string;
    mode?: ProjectMode;
    retention?: Retention;
    cacheTtlSeconds?: number | null;
    pausedAt?: Date | null;
    deletedAt?: Date;
  },
): Promise<Project> {
  return tx.project.update({ where: { id: projectId }, data: { ...changes, version: { increment: 1 } } });
}

/** Deletes every project of an organisation, under its lock; their keys are bumped next. Returns how many were live. */
export async function deleteProjects(tx: Tx, organizationId: string): Promise<number> {
  const { count } = await tx.project.updateMany({
    where: { organizationId, deletedAt: null },
    data: { deletedAt: new Date(), version: { increment: 1 } },
  });
  return count;
}

/**
 * Forgets what a project's response cache keeps; to be called once its keys are bumped, so that a request under way keeps
 * nothing afterwards. Returns how many answers there were.
 */
export async function deleteCachedAnswers(tx: Tx, projectId: string): Promise<number> {
  const { count } = await tx.cachedAnswer.deleteMany({ where: { projectId } });
  return count;
}

/** The live projects of every organisation that this person is a member of, with their role there, oldest first. */
export function findProjectsOf(userId: string) {
  return prisma().membership.findMany({
    where: { userId },
    orderBy: { createdAt: "asc" },
    select: {
      role: true,
      organization: {
        select: { id: true, name: true, projects: { where: { deletedAt: null }, orderBy: { createdAt: "asc" } } },
      },
    },
  });
}

/** A live project with its organisation and this person's membership there; null when it is not theirs or not there. */
export function findProjectFor(userId: string, projectId: string) {
  return prisma().project.findFirst({
    where: { id: projectId, deletedAt: null, organization: { memberships: { some: { userId } } } },
    include: { organization: { include: { memberships: { where: { userId } } } } },
  });
}

/** A project with its rules. */
export type ProjectRow = Project & { iamRules: IamRule[] };

const withRules = { iamRules: { orderBy: [{ createdAt: "asc" }, { id: "asc" }] } } satisfies Prisma.ProjectInclude;

/** A page of the live projects of one organisation, or of all (null), newest first. */
export function findProjectPage(organizationId: string | null, skip: number, limit: number): Promise<ProjectRow[]> {
  return prisma().project.findMany({
    where: { deletedAt: null, ...(organizationId === null ? {} : { organizationId }) },
    include: withRules,
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    skip,
    take: limit,
  });
}

/** One live project with its rules; null when it is not there or deleted. */
export function findProjectRow(projectId: string): Promise<ProjectRow | null> {
  return prisma().project.findFirst({ where: { id: projectId, deletedAt: null }, include: withRules });
}
