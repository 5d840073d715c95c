import { linkTo } from "@/lib/identity/link-token";
import type { Role } from "@/lib/identity/roles";
import { config } from "@/lib/infra/config";
import type { Tx } from "@/lib/infra/db";
import { queueMail } from "@/lib/mail/queue-mail";
import { findInviteWords } from "@/lib/members/invite-store";

/** How long an invitation can be accepted. */
export const INVITE_MS = 7 * 24 * 3_600_000;

/** Whether invitations go by mail; else whoever invites passes the link on. */
export function mailsInvites(): boolean {
  return config().smtpUrl !== undefined;
}

export interface InviteToSend {
  organizationId: string;
  email: string;
  role: Role;
  invitedById: string;
  token: string;
}

/**
 * Queues the mail with the link; where the installation sends no mail, the link is the answer, this once.
 * @returns null where it went by mail.
 */
export async function sendInvite(
  tx: Tx,
  { organizationId, email, role, invitedById, token }: InviteToSend,
): Promise<string | null> {
  const link = linkTo("/invite", token);
  if (!mailsInvites()) return link;
  const { organization, inviter } = await findInviteWords(tx, organizationId, invitedById);
  await queueMail(tx, [
    {
      recipient: email,
      subject: `You are invited to ${organization} on Turnpike`,
      text: [
        `${inviter} invites you to join ${organization} on Turnpike, as ${role}. Accept it here within 7 days:`,
        link,
        "If you do not know what this is about, do nothing.",
        "",
      ].join("\n\n"),
    },
  ]);
  return null;
}
