import { log } from "@/lib/infra/log";
import { MailFailure, sendMail } from "@/lib/infra/mail";
import { redact } from "@/lib/infra/redact";
import { markFailed, markSent, takeDueMail } from "@/lib/mail/store";

const BATCH = 10;
/** Longer than ten mails one after the other may take. */
const LEASE_SECONDS = 600;
const FIRST_RETRY_SECONDS = 30;
const RETRY_SECONDS_MAX = 4 * 3_600;
/** With the waits above, about a day and a half. */
const ATTEMPTS_MAX = 16;

/** How long to wait after the failed attempt number `attempts`, in seconds; null: no more attempts. */
export function retryAfter(attempts: number): number | null {
  if (attempts >= ATTEMPTS_MAX) return null;
  return Math.min(RETRY_SECONDS_MAX, FIRST_RETRY_SECONDS * 2 ** (attempts - 1));
}

/**
 * Sends what is due, once; any number of processes may do it at a time. A mail whose sender dies between handing it over
 * and noting so is sent again under the same Message-ID.
 * @returns how many were tried.
 */
export async function sendDueMail(): Promise<number> {
  const mails = await takeDueMail(BATCH, LEASE_SECONDS);
  for (const mail of mails) {
    try {
      await markSent(mail.id, await sendMail(mail));
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      const retrySeconds = error.permanent ? null : retryAfter(mail.attempts);
      await markFailed(mail.id, redact(error.message).slice(0, 500), retrySeconds);
      log().warn({ mail: mail.id, err: error.message, retrySeconds }, "a mail was not taken by the mail server");
    }
  }
  return mails.length;
}
