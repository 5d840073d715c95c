import { cleanText } from "@/lib/core/text";
import type { Tx } from "@/lib/infra/db";
import { insertMail, type NewMail } from "@/lib/mail/store";

const SUBJECT_CHARACTERS_MAX = 200;
const TEXT_CHARACTERS_MAX = 20_000;

/**
 * Queues mails in the transaction of what they tell about: they are sent if, and only if, that is committed, also when
 * this process ends right after.
 */
export function queueMail(tx: Tx, mails: readonly NewMail[]): Promise<void> {
  return insertMail(
    tx,
    mails.map(({ recipient, subject, text }) => ({
      recipient,
      // One line: what people chose for a name must not become a header.
      subject: cleanText(subject.replaceAll(/[\r\n]+/g, " "), SUBJECT_CHARACTERS_MAX),
      text: cleanText(text, TEXT_CHARACTERS_MAX),
    })),
  );
}
