import { raiseAlert } from "@/lib/alerts/raise-alert";
import { findPlaceOf } from "@/lib/billing/auto-top-up-store";
import type { Tx } from "@/lib/infra/db";

/** What is said about an organisation's automatic top-ups; `name` is the organisation's. */
export type Telling = (name: string) => { title: string; text: string };

/** Puts it into the inbox of those who pay for the organisation and mails it to them, with a link to the billing page. */
export async function tellPayers(tx: Tx, organizationId: string, telling: Telling): Promise<void> {
  const { name, projectId } = await findPlaceOf(tx, organizationId);
  await raiseAlert(tx, {
    organizationId,
    kind: "auto_top_up",
    subject: "organization",
    subjectId: organizationId,
    projectId,
    userId: null,
    ...telling(name),
  });
}
