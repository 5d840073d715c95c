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
/** Alerts that one mail spells out. */
const LISTED_MAX = 50;

/** Puts an alert into the inbox, with credentials that stand in names or addresses masked. */
async function putIn(tx: Tx, alert: NewAlert): Promise<NewAlert> {
  const title = cleanText(redact(alert.title), TITLE_CHARACTERS_MAX);
  const text = cleanText(redact(alert.text), TEXT_CHARACTERS_MAX);
  await insertAlert(tx, { ...alert, title, text });
  return { ...alert, title, text };
}

/** Queues a mail to each of those whom an alert concerns. */
async function mailAbout(tx: Tx, alert: NewAlert, { subject, text }: { subject: string; text: string }): Promise<void> {
  const members = await findMembers(tx, alert.organizationId);
  const link = `${config().appUrl}${alertPath(alert, null)}`;
  await queueMail(
    tx,
    members
      .filter(({ userId, role }) => userId === alert.userId || isTold(role, alert.kind, alert.subject))
      .map(({ email }) => ({ recipient: email, subject, text: `${text}\n\n${link}\n` })),
  );
}

/**
 * Puts an alert into the inbox of those whom it concerns and queues a mail to each of them, in the transaction of what
 * it tells about. Credentials that stand in names or addresses are masked.
 */
export async function raiseAlert(tx: Tx, wanted: NewAlert): Promise<void> {
  const alert = await putIn(tx, wanted);
  await mailAbout(tx, alert, { subject: alert.title, text: alert.text });
}

/**
 * As `raiseAlert`, of several that concern the same people: each stands in the inbox by itself, and one mail with this
 * subject tells them all.
 */
export async function raiseAlertsTogether(tx: Tx, wanted: readonly NewAlert[], subject: string): Promise<void> {
  const alerts: NewAlert[] = [];
  for (const alert of wanted) alerts.push(await putIn(tx, alert));
  const [first] = alerts;
  if (!first) return;
  const listed = alerts.slice(0, LISTED_MAX).map(({ title, text }) => `${title}\n${text}`);
  const more = alerts.length > LISTED_MAX ? [`${alerts.length - LISTED_MAX} more are in the inbox.`] : [];
  await mailAbout(tx, first, { subject, text: [...listed, ...more].join("\n\n") });
}
