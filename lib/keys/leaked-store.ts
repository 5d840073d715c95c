import { prisma } from "@/lib/infra/db";

export interface LeakedKey {
  organizationId: string;
  keyId: string;
  /** Of the secret that was found. */
  hash: string;
  /** False: the secret's grace has ended, so nobody can use it and the key's newer secret is not known to anybody. */
  isUsable: boolean;
}

/** The keys that secrets belong to, by their SHA-256, in id order; of every organisation. */
export async function findLeaked(hashes: readonly string[]): Promise<LeakedKey[]> {
  const rows = await prisma().apiKeySecret.findMany({
    where: { hash: { in: [...hashes] }, apiKey: { kind: "issued" } },
    select: { hash: true, expiresAt: true, apiKey: { select: { id: true, organizationId: true } } },
    orderBy: { apiKeyId: "asc" },
  });
  return rows.map(({ hash, expiresAt, apiKey }) => ({
    organizationId: apiKey.organizationId,
    keyId: apiKey.id,
    hash,
    isUsable: expiresAt === null || expiresAt > new Date(),
  }));
}
