import type { Tx } from "@/lib/infra/db";
import { queueMail } from "@/lib/mail/queue-mail";
import { findInviteWords } from "@/lib/members/invite-store";

export interface MemberNews {
  organizationId: string;
  /** Whose membership was changed. */
  email: string;
  /** Who changed it. */
  byUserId: string;
}

/** Queues a mail for somebody who was removed from an organisation by another of its members. */
export async function tellRemoved(tx: Tx, { organizationId, email, byUserId }: MemberNews): Promise<void> {
  const { organization, inviter } = await findInviteWords(tx, organizationId, byUserId);
  await queueMail(tx, [
    {
      recipient: email,
      subject: `You are no longer a member of ${organization} on Turnpike`,
      text: [
        `${inviter} removed you from ${organization} on Turnpike.`,
        "You see nothing of it any more, and the API keys that you made there were disabled or handed to another member. Your account stays.",
        "",
      ].join("\n\n"),
    },
  ]);
}

/** Queues a mail for a member whose role was changed by another. */
export async function tellNewRole(
  tx: Tx,
  { organizationId, email, byUserId, before, after }: MemberNews & { before: string; after: string },
): Promise<void> {
  const { organization, inviter } = await findInviteWords(tx, organizationId, byUserId);
  await queueMail(tx, [
    {
      recipient: email,
      subject: `Your role in ${organization} on Turnpike is ${after} now`,
      text: [`${inviter} changed your role in ${organization} on Turnpike from ${before} to ${after}.`, ""].join(
        "\n\n",
      ),
    },
  ]);
}
