import { notFound } from "@/lib/identity/permit";
import type { Meter } from "@/lib/infra/prisma-client/client";
import { type KeyView, keyView } from "@/lib/keys/key-view";
import { findKeyIds, findKeyRow, findKeys, type KeyRow } from "@/lib/keys/store";
import { hasSpendLimit, readMeters } from "@/lib/meters/store";

export interface KeyListOptions {
  /** Only the keys that this person made. */
  createdById?: string | null;
  now?: Date;
}

/** A project's keys with their usage, newest first; never the installation's own, never deleted ones. */
export async function listKeys(
  projectId: string,
  { createdById = null, now = new Date() }: KeyListOptions = {},
): Promise<KeyView[]> {
  return withMeters(await findKeys({ projectId, ...(createdById === null ? {} : { createdById }) }), now);
}

/** What the first steps of a project are about: the newest of its keys, and whether any has a spend limit. */
export async function readFirstKeys(projectId: string): Promise<{ newestKeyId: string | null; hasLimit: boolean }> {
  const ids = await findKeyIds(projectId);
  return { newestKeyId: ids[0] ?? null, hasLimit: ids.length > 0 && (await hasSpendLimit("api_key", ids)) };
}

/** A page of the keys of one organisation, or of all (null), newest first. */
export async function listKeyPage(
  { organizationId, ...filter }: { organizationId: string | null; projectId?: string; skip: number; limit: number },
  now = new Date(),
): Promise<KeyView[]> {
  return withMeters(await findKeys({ ...filter, ...(organizationId === null ? {} : { organizationId }) }), now);
}

async function withMeters(keys: KeyRow[], now: Date): Promise<KeyView[]> {
  const meters = await readMeters(
    "api_key",
    keys.map((key) => key.id),
  );
  const byKey = new Map<string, Meter[]>(keys.map((key) => [key.id, []]));
  for (const meter of meters) byKey.get(meter.subjectId)?.push(meter);
  return keys.map((key) => keyView(key, byKey.get(key.id) ?? [], now));
}

/** One key of an organisation; null when it is not there, deleted, or somebody else's. */
export async function findKey(
  { organizationId, keyId }: { organizationId: string; keyId: string },
  now = new Date(),
): Promise<KeyView | null> {
  const key = await findKeyRow(organizationId, keyId);
  return key && keyView(key, await readMeters("api_key", [key.id]), now);
}

/**
 * As `findKey`.
 * @throws GatewayError not_found.
 */
export async function requireKey(key: { organizationId: string; keyId: string }): Promise<KeyView> {
  const view = await findKey(key);
  if (!view) throw notFound("API key");
  return view;
}

/**
 * As `requireKey`, for a key of this very project.
 * @throws GatewayError not_found.
 */
export async function requireProjectKey({
  projectId,
  ...key
}: {
  organizationId: string;
  projectId: string;
  keyId: string;
}): Promise<KeyView> {
  const view = await findKey(key);
  if (view?.projectId !== projectId) throw notFound("API key");
  return view;
}
