import { newId } from "@/lib/core/ids";
import { prisma, type Tx } from "@/lib/infra/db";
import type { ApiKey, ApiKeySecret, KeyEnvironment, Meter, Prisma } from "@/lib/infra/prisma-client/client";
import type { NewSecret } from "@/lib/keys/secret";

const newestSecret = { orderBy: [{ createdAt: "desc" }, { id: "desc" }], take: 1 } satisfies Prisma.ApiKey$secretsArgs;

/** What people can see and change: made by them, and not deleted. */
const issued = { kind: "issued", status: { not: "deleted" } } satisfies Prisma.ApiKeyWhereInput;

/** A key with its newest secret's display form. */
export type KeyRow = ApiKey & { secrets: ApiKeySecret[] };

export interface KeyFilter {
  organizationId: string;
  keyId: string;
  /** null: whoever made it. */
  createdById: string | null;
}

export interface NewKeyRow {
  organizationId: string;
  projectId: string;
  name: string;
  environment: KeyEnvironment;
  scopes: string[];
  expiresAt: Date | null;
  createdById: string | null;
}

export async function insertKey(tx: Tx, key: NewKeyRow, secret: NewSecret): Promise<ApiKey> {
  const made = await tx.apiKey.create({ data: { id: newId("key"), ...key } });
  await insertSecret(tx, made.id, secret);
  return made;
}

/** Stores what may be kept of a secret: its hash, its first 12 and last 4 characters. */
export async function insertSecret(tx: Tx, apiKeyId: string, { hash, prefix, lastFour }: NewSecret): Promise<void> {
  await tx.apiKeySecret.create({ data: { id: newId("sec"), apiKeyId, hash, prefix, lastFour } });
}

/** Takes a key for a change until the transaction ends; null when it is not there, deleted, or out of reach. */
export async function lockKey(tx: Tx, { organizationId, keyId, createdById }: KeyFilter): Promise<KeyRow | null> {
  await tx.$queryRaw`
    SELECT id FROM api_key WHERE id = ${keyId} AND organization_id = ${organizationId} FOR NO KEY UPDATE`;
  return tx.apiKey.findFirst({
    where: { id: keyId, organizationId, ...issued, ...(createdById === null ? {} : { createdById }) },
    include: { secrets: newestSecret },
  });
}

export interface KeyChanges {
  name?: string;
  status?: "active" | "inactive" | "deleted";
  scopes?: string[];
  expiresAt?: Date | null;
}

/** Writes changes and bumps the key's version, so admission decides anew; to be called under `lockKey`. */
export async function saveKey(tx: Tx, keyId: string, changes: KeyChanges): Promise<void> {
  await tx.apiKey.update({ where: { id: keyId }, data: { ...changes, version: { increment: 1 } } });
}

/** A key's meters, locked in id order as admission and settle do; to be called under `lockKey`. */
export async function lockKeyMeters(tx: Tx, keyId: string): Promise<Meter[]> {
  await tx.$queryRaw`SELECT id FROM meter WHERE subject = 'api_key' AND subject_id = ${keyId} ORDER BY id FOR UPDATE`;
  return tx.meter.findMany({ where: { subject: "api_key", subjectId: keyId } });
}

/** Drops every secret of a key but `keepId`, which then works until `keptUntil`. */
export async function retireSecrets(tx: Tx, apiKeyId: string, keepId: string | null, keptUntil: Date): Promise<void> {
  await tx.apiKeySecret.deleteMany({ where: { apiKeyId, ...(keepId === null ? {} : { id: { not: keepId } }) } });
  if (keepId !== null) await tx.apiKeySecret.update({ where: { id: keepId }, data: { expiresAt: keptUntil } });
}

/** Bumps the version of every key of a project; under the project's lock. Keys are locked in id order, as admission does. */
export async function bumpProjectKeys(tx: Tx, organizationId: string, projectId: string): Promise<void> {
  await tx.$executeRaw`
    WITH locked AS MATERIALIZED (
      SELECT id FROM api_key WHERE project_id = ${projectId} AND organization_id = ${organizationId}
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE api_key SET version = version + 1 FROM locked WHERE api_key.id = locked.id`;
}

/** Bumps the version of every key that a person made in an organisation; under the organisation's lock. */
export async function bumpMemberKeys(tx: Tx, organizationId: string, userId: string): Promise<void> {
  await tx.$executeRaw`
    WITH locked AS MATERIALIZED (
      SELECT id FROM api_key WHERE organization_id = ${organizationId} AND created_by_id = ${userId}
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE api_key SET version = version + 1 FROM locked WHERE api_key.id = locked.id`;
}

/** A project's keys, newest first. */
export function findKeys(projectId: string, createdById: string | null): Promise<KeyRow[]> {
  return prisma().apiKey.findMany({
    where: { projectId, ...issued, ...(createdById === null ? {} : { createdById }) },
    include: { secrets: newestSecret },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
  });
}

/** One key of an organisation; null when it is not there, deleted, or somebody else's. */
export function findKeyRow(organizationId: string, keyId: string): Promise<KeyRow | null> {
  return prisma().apiKey.findFirst({
    where: { id: keyId, organizationId, ...issued },
    include: { secrets: newestSecret },
  });
}
