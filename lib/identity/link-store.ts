import { prisma, type Tx } from "@/lib/infra/db";

/** What a mailed link is for: a new password of somebody, or an address of theirs. */
export type LinkPurpose = { kind: "reset"; userId: string } | { kind: "email"; userId: string; email: string };

const KINDS = ["reset", "email"] as const;
/** How long links that nobody followed are kept, so that their page can say that they have ended. */
const KEPT_DAYS = 7;

function identifierOf(purpose: LinkPurpose): string {
  const name = `${purpose.kind}:${purpose.userId}`;
  return purpose.kind === "email" ? `${name}:${purpose.email}` : name;
}

function purposeOf(identifier: string): LinkPurpose | null {
  const [kind, userId = "", ...rest] = identifier.split(":");
  if (kind === "reset") return { kind, userId };
  return kind === "email" ? { kind, userId, email: rest.join(":") } : null;
}

/** Stores a link in place of the one that the same person had for the same; links that ended long ago are forgotten. */
export async function putLink(tx: Tx, purpose: LinkPurpose, hash: string, expires: Date): Promise<void> {
  await deleteLinks(tx, purpose.userId, purpose.kind);
  await tx.$executeRaw`DELETE FROM verification_token WHERE expires < clock_timestamp() - make_interval(days => ${KEPT_DAYS}::int)`;
  await tx.verificationToken.create({ data: { identifier: identifierOf(purpose), token: hash, expires } });
}

/** What a link is for, and whether it has ended; null when there is none. */
export async function findLink(hash: string, now: Date): Promise<{ purpose: LinkPurpose; isExpired: boolean } | null> {
  const row = await prisma().verificationToken.findUnique({ where: { token: hash } });
  const purpose = row && purposeOf(row.identifier);
  return row && purpose ? { purpose, isExpired: row.expires <= now } : null;
}

/** Uses a link up; what it was for, or null when there is none, or it has ended. Of two at once, one has it. */
export async function takeLink(tx: Tx, hash: string, now: Date): Promise<LinkPurpose | null> {
  const rows = await tx.$queryRaw<{ identifier: string }[]>`
    DELETE FROM verification_token WHERE token = ${hash} AND expires > ${now} RETURNING identifier`;
  return rows[0] ? purposeOf(rows[0].identifier) : null;
}

/** Forgets a person's links, of one kind or of all: what was mailed to an address that is no longer theirs opens nothing. */
export async function deleteLinks(tx: Tx, userId: string, kind?: LinkPurpose["kind"]): Promise<void> {
  for (const one of kind === undefined ? KINDS : [kind])
    await tx.verificationToken.deleteMany({
      where: { OR: [{ identifier: `${one}:${userId}` }, { identifier: { startsWith: `${one}:${userId}:` } }] },
    });
}
