import { alertPath } from "@/lib/alerts/alert-path";
import { isTold } from "@/lib/alerts/kinds";
import { findMembers, insertAlert, type NewAlert } from "@/lib/alerts/store";
import { cleanText } from "@/lib/core/text";
import { config } from "@/lib/infra/config";
import type { Tx } from "@/lib/infra/db";
import { redact } from "@/lib/infra/redact";
import { queueMail } from "@/lib/mail/queue-mail";

const TITLE_CHARACTERS_MAX = 200;
const TEXT_CHARACTERS_MAX = 2_000;

/**
 * Puts an alert into the inbox of those whom it concerns and queues a mail to each of them, in the transaction of what
 * it tells about. Credentials that stand in names or addresses are masked.
 */
export async function raiseAlert(tx: Tx, alert: NewAlert): Promise<void> {
  const title = cleanText(redact(alert.title), TITLE_CHARACTERS_MAX);
  const text = cleanText(redact(alert.text), TEXT_CHARACTERS_MAX);
  await insertAlert(tx, { ...alert, title, text });
  const members = await findMembers(tx, alert.organizationId);
  const link = `${config().appUrl}${alertPath(alert, null)}`;
  await queueMail(
    tx,
    members
      .filter(({ userId, role }) => userId === alert.userId || isTold(role, alert.kind, alert.subject))
      .map(({ email }) => ({ recipient: email, subject: title, text: `${text}\n\n${link}\n` })),
  );
}
