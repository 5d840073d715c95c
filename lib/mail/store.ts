import { newId } from "@/lib/core/ids";
import { prisma, type Tx } from "@/lib/infra/db";

export interface NewMail {
  recipient: string;
  subject: string;
  text: string;
}

/** A mail that this process is sending. */
export interface TakenMail extends NewMail {
  id: string;
  /** This one included. */
  attempts: number;
}

export async function insertMail(tx: Tx, mails: readonly NewMail[]): Promise<void> {
  if (mails.length === 0) return;
  await tx.outgoingMail.createMany({ data: mails.map((mail) => ({ id: newId("mail"), ...mail })) });
}

/**
 * Takes at most `limit` mails that are due, oldest first. For `leaseSeconds` no other process takes them; should this
 * one die meanwhile, they are due again after that.
 */
export function takeDueMail(limit: number, leaseSeconds: number): Promise<TakenMail[]> {
  return prisma().$queryRaw<TakenMail[]>`
    UPDATE outgoing_mail SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    WHERE id IN (
      SELECT id FROM outgoing_mail
      WHERE sent_at IS NULL AND failed_at IS NULL AND next_attempt_at <= clock_timestamp()
      ORDER BY next_attempt_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING id, recipient, subject, text, attempts`;
}

/**
 * Notes that a mail is done with. The text of one that a server took (`isTaken`) is forgotten, since it may hold a link that
 * lets somebody in; where there is no server, the row is the only place where whoever runs the installation finds it.
 */
export async function markSent(id: string, isTaken: boolean): Promise<void> {
  await prisma().$executeRaw`
    UPDATE outgoing_mail SET sent_at = clock_timestamp(), last_error = NULL, text = CASE WHEN ${isTaken} THEN '' ELSE text END
    WHERE id = ${id}`;
}

/** Notes why a mail was not taken, and when it is tried again; null: never. */
export async function markFailed(id: string, reason: string, retrySeconds: number | null): Promise<void> {
  await prisma().$executeRaw`
    UPDATE outgoing_mail SET last_error = ${reason},
      failed_at = CASE WHEN ${retrySeconds}::float8 IS NULL THEN clock_timestamp() END,
      next_attempt_at = clock_timestamp() + make_interval(secs => coalesce(${retrySeconds}::float8, 0))
    WHERE id = ${id}`;
}

/** Forgets mails that were sent or given up `days` ago. */
export async function purgeMail(days: number): Promise<void> {
  await prisma().$executeRaw`
    DELETE FROM outgoing_mail WHERE coalesce(sent_at, failed_at) < clock_timestamp() - make_interval(days => ${days}::integer)`;
}
