import { newId } from "@/lib/core/ids";
import type { Tx } from "@/lib/infra/db";
import type { ApiKey, ApiKeySecret } from "@/lib/infra/prisma-client/client";
import type { NewSecret } from "@/lib/keys/secret";

export interface PlaygroundKeyRow {
  organizationId: string;
  projectId: string;
  createdById: string;
  name: string;
  scopes: string[];
}

/** Makes the key unless this person has one in the project; the new one's id, or null. */
export async function insertPlaygroundKey(tx: Tx, row: PlaygroundKeyRow): Promise<string | null> {
  const id = newId("key");
  const { count } = await tx.apiKey.createMany({ data: { id, kind: "playground", ...row }, skipDuplicates: true });
  return count === 0 ? null : id;
}

/** Takes this person's key in a project until the transaction ends, with its secrets, the last to end first: all live as long. */
export async function lockPlaygroundKey(
  tx: Tx,
  { projectId, createdById }: Pick<PlaygroundKeyRow, "projectId" | "createdById">,
): Promise<(ApiKey & { secrets: ApiKeySecret[] }) | null> {
  await tx.$queryRaw`
    SELECT id FROM api_key WHERE project_id = ${projectId} AND created_by_id = ${createdById} AND kind = 'playground'
    FOR NO KEY UPDATE`;
  return tx.apiKey.findFirst({
    where: { projectId, createdById, kind: "playground" },
    include: { secrets: { orderBy: [{ expiresAt: "desc" }, { createdAt: "desc" }, { id: "desc" }] } },
  });
}

/** Stores what may be kept of a secret that ends by itself. */
export async function insertPassingSecret(
  tx: Tx,
  apiKeyId: string,
  { hash, prefix, lastFour }: NewSecret,
  expiresAt: Date,
): Promise<void> {
  await tx.apiKeySecret.create({ data: { id: newId("sec"), apiKeyId, hash, prefix, lastFour, expiresAt } });
}
