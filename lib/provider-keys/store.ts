import { newId } from "@/lib/core/ids";
import { prisma, type Tx } from "@/lib/infra/db";
import type { ProviderKey } from "@/lib/infra/prisma-client/client";

export interface NewProviderKeyRow {
  organizationId: string;
  projectId: string | null;
  provider: string;
  name: string | null;
  sealed: string;
  lastFour: string;
  baseUrl: string | null;
  models: string[];
  priority: number;
}

export function insertProviderKey(tx: Tx, row: NewProviderKeyRow): Promise<ProviderKey> {
  return tx.providerKey.create({ data: { id: newId("pvk"), ...row } });
}

/** A provider key of this project, or (null) of the whole organisation; null when it is not there or serves another. */
export function findProviderKey(
  tx: Tx,
  {
    organizationId,
    projectId,
    providerKeyId,
  }: { organizationId: string; projectId: string | null; providerKeyId: string },
): Promise<ProviderKey | null> {
  return tx.providerKey.findFirst({ where: { id: providerKeyId, organizationId, projectId } });
}

/** Removes every provider key of an organisation. Returns how many there were. */
export async function deleteProviderKeys(tx: Tx, organizationId: string): Promise<number> {
  return (await tx.providerKey.deleteMany({ where: { organizationId } })).count;
}

/** Removes the row, and with it the sealed secret. */
export async function deleteProviderKey(tx: Tx, providerKeyId: string): Promise<void> {
  await tx.providerKey.delete({ where: { id: providerKeyId } });
}

/** The provider keys that serve a project: its own, and its organisation's; in the order in which they are tried. */
export async function findProviderKeys(projectId: string): Promise<ProviderKey[]> {
  const project = await prisma().project.findFirst({
    where: { id: projectId, deletedAt: null },
    select: { organizationId: true },
  });
  if (!project) return [];
  return prisma().providerKey.findMany({
    where: { organizationId: project.organizationId, OR: [{ projectId }, { projectId: null }] },
    orderBy: [{ provider: "asc" }, { priority: "asc" }, { createdAt: "asc" }, { id: "asc" }],
  });
}

export interface SealedRow {
  id: string;
  sealed: string;
}

/** The next `count` provider keys of all organisations after the one with this id, in id order, locked against a change. */
export function lockSealedAfter(tx: Tx, id: string, count: number): Promise<SealedRow[]> {
  return tx.$queryRaw<SealedRow[]>`
    SELECT id, sealed FROM provider_key WHERE id > ${id} ORDER BY id LIMIT ${count} FOR NO KEY UPDATE`;
}

/** Puts other envelopes around the same secrets; the rows are locked. */
export async function replaceSealed(tx: Tx, rows: readonly SealedRow[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE provider_key SET sealed = anew.sealed
    FROM unnest(${rows.map(({ id }) => id)}::text[], ${rows.map(({ sealed }) => sealed)}::text[]) AS anew (id, sealed)
    WHERE provider_key.id = anew.id`;
}

/** A page of the provider keys of one organisation or of all (null), and there of one project where it is named; newest first. */
export function findProviderKeyPage(
  { organizationId, projectId }: { organizationId: string | null; projectId?: string | undefined },
  skip: number,
  limit: number,
): Promise<ProviderKey[]> {
  return prisma().providerKey.findMany({
    where: {
      ...(organizationId === null ? {} : { organizationId }),
      ...(projectId === undefined ? {} : { projectId }),
      OR: [{ projectId: null }, { project: { deletedAt: null } }],
    },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    skip,
    take: limit,
  });
}

/** One provider key; null when it is not there. */
export function findProviderKeyRow(providerKeyId: string): Promise<ProviderKey | null> {
  return prisma().providerKey.findFirst({
    where: { id: providerKeyId, OR: [{ projectId: null }, { project: { deletedAt: null } }] },
  });
}

/** Keeps what a provider said when it refused a key; later words win, and a key that is gone has none. */
export async function saveRefusal(providerKeyId: string, said: string, at: Date): Promise<void> {
  await prisma().providerKey.updateMany({
    where: { id: providerKeyId, OR: [{ lastErrorAt: null }, { lastErrorAt: { lt: at } }] },
    data: { lastError: said, lastErrorAt: at },
  });
}

/** Forgets what a provider said of a key that it has taken since; what it said after `at` stays. */
export async function clearRefusal(providerKeyId: string, at: Date): Promise<void> {
  await prisma().providerKey.updateMany({
    where: { id: providerKeyId, lastErrorAt: { lt: at } },
    data: { lastError: null, lastErrorAt: null },
  });
}

export type ProviderKeyChanges = Partial<
  Pick<NewProviderKeyRow, "name" | "sealed" | "lastFour" | "baseUrl" | "models" | "priority">
> & { isActive?: boolean };

/** Writes changes; a new secret also takes back what the provider said of the old one. */
export function saveProviderKey(tx: Tx, providerKeyId: string, changes: ProviderKeyChanges): Promise<ProviderKey> {
  return tx.providerKey.update({
    where: { id: providerKeyId },
    data: { ...changes, ...(changes.sealed === undefined ? {} : { lastError: null, lastErrorAt: null }) },
  });
}
