import { newId } from "@/lib/core/ids";
import { prisma, type Tx } from "@/lib/infra/db";
import type { ApiKey, ApiKeySecret, IamRule, KeyEnvironment, Meter, Prisma } from "@/lib/infra/prisma-client/client";
import type { NewSecret } from "@/lib/keys/secret";

/**
 * The one that no rotation has given an end, or the last to end (by what was decided, and not by instances' clocks), and the
 * one before it, which may be in its grace period.
 */
const newestSecrets = {
  orderBy: [{ expiresAt: { sort: "desc", nulls: "first" } }, { createdAt: "desc" }, { id: "desc" }],
  take: 2,
} satisfies Prisma.ApiKey$secretsArgs;

/** What people can see and change: made by them, and not deleted, nor its project. */
const issued = {
  kind: "issued",
  status: { not: "deleted" },
  project: { deletedAt: null },
} satisfies Prisma.ApiKeyWhereInput;

const shown = {
  secrets: newestSecrets,
  endUser: { select: { externalId: true } },
  iamRules: { orderBy: [{ createdAt: "asc" }, { id: "asc" }] },
} satisfies Prisma.ApiKeyInclude;

/** A key with the display form of its newest secret and the one before, its end user's name and its rules. */
export type KeyRow = ApiKey & {
  secrets: ApiKeySecret[];
  endUser: { externalId: string } | null;
  iamRules: IamRule[];
};

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
  endUserId: string | null;
  metadata: Prisma.InputJsonObject;
}

export async function insertKey(tx: Tx, key: NewKeyRow, secret: NewSecret): Promise<ApiKey> {
  const made = await tx.apiKey.create({ data: { id: newId("key"), ...key } });
  await insertSecret(tx, made.id, secret);
  return made;
}

/** The row that requests without a key of their own are recorded under; it has no secret, and no list shows it. */
export function insertHiddenKey(
  tx: Tx,
  key: { kind: "master" | "local"; name: string; organizationId: string; projectId: string; scopes: string[] },
): Promise<ApiKey> {
  return tx.apiKey.create({ data: { id: newId("key"), ...key } });
}

/** Whether there is the key of the local user. */
export async function hasLocalKey(tx: Tx): Promise<boolean> {
  return (await tx.apiKey.count({ where: { kind: "local" } })) > 0;
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
    include: shown,
  });
}

export interface KeyChanges {
  name?: string;
  status?: "active" | "inactive" | "deleted";
  scopes?: string[];
  expiresAt?: Date | null;
  metadata?: Prisma.InputJsonObject;
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

/** As `bumpProjectKeys`, of every project of an organisation; under the organisation's lock. */
export async function bumpOrganizationKeys(tx: Tx, organizationId: string): Promise<void> {
  await tx.$executeRaw`
    WITH locked AS MATERIALIZED (
      SELECT id FROM api_key WHERE organization_id = ${organizationId} ORDER BY id FOR NO KEY UPDATE
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

/** Disables the active keys that a person made; their ids. To be called after `bumpMemberKeys`, which has locked them. */
export async function disableMemberKeys(tx: Tx, organizationId: string, userId: string): Promise<string[]> {
  const keys = await tx.apiKey.updateManyAndReturn({
    where: { organizationId, createdById: userId, kind: "issued", status: "active" },
    data: { status: "inactive" },
    select: { id: true },
  });
  return keys.map(({ id }) => id).sort();
}

/** Makes the keys that a person made another's, also disabled ones; their ids. As `disableMemberKeys`. */
export async function giveMemberKeys(
  tx: Tx,
  organizationId: string,
  userId: string,
  heirId: string,
): Promise<string[]> {
  const keys = await tx.apiKey.updateManyAndReturn({
    where: { organizationId, createdById: userId, ...issued },
    data: { createdById: heirId },
    select: { id: true },
  });
  return keys.map(({ id }) => id).sort();
}

/** Ends what a person's playgrounds in an organisation call with; under the organisation's lock. */
export async function retirePlaygrounds(tx: Tx, organizationId: string, userId: string): Promise<void> {
  await tx.apiKeySecret.deleteMany({
    where: { apiKey: { organizationId, createdById: userId, kind: "playground" } },
  });
}

/**
 * Bumps the version of every key that an end user's requests come with: their own, and the master key, which may name
 * them. Keys are locked in id order, as admission does.
 */
export async function bumpEndUserKeys(tx: Tx, organizationId: string, endUserId: string): Promise<void> {
  await tx.$executeRaw`
    WITH locked AS MATERIALIZED (
      SELECT id FROM api_key WHERE organization_id = ${organizationId} AND (end_user_id = ${endUserId} OR kind = 'master')
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE api_key SET version = version + 1 FROM locked WHERE api_key.id = locked.id`;
}

/** Disables the active keys of an end user; to be called after `bumpEndUserKeys`, which has locked them. */
export async function disableEndUserKeys(tx: Tx, endUserId: string): Promise<void> {
  await tx.apiKey.updateMany({ where: { endUserId, status: "active" }, data: { status: "inactive" } });
}

/** What of all keys a list shows; what is left out narrows nothing. */
export interface KeyListFilter {
  organizationId?: string;
  projectId?: string;
  createdById?: string;
  skip?: number;
  limit?: number;
}

/** Keys, newest first. */
export function findKeys({ skip, limit, ...filter }: KeyListFilter): Promise<KeyRow[]> {
  return prisma().apiKey.findMany({
    where: { ...filter, ...issued },
    include: shown,
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    ...(skip === undefined ? {} : { skip }),
    ...(limit === undefined ? {} : { take: limit }),
  });
}

/** The ids of a project's keys, newest first: where no more of them is needed. */
export async function findKeyIds(projectId: string): Promise<string[]> {
  const keys = await prisma().apiKey.findMany({
    where: { projectId, ...issued },
    select: { id: true },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
  });
  return keys.map(({ id }) => id);
}

/** Whose organisation a key is; null when it is not there, or deleted where `withDeleted` does not say otherwise. */
export async function findKeyOrganization(keyId: string, withDeleted = false): Promise<string | null> {
  const where = { id: keyId, ...(withDeleted ? {} : issued) };
  const key = await prisma().apiKey.findFirst({ where, select: { organizationId: true } });
  return key?.organizationId ?? null;
}

/** One key of an organisation; null when it is not there, deleted, or somebody else's. */
export function findKeyRow(organizationId: string, keyId: string): Promise<KeyRow | null> {
  return prisma().apiKey.findFirst({
    where: { id: keyId, organizationId, ...issued },
    include: shown,
  });
}
