"use client";

import { RotateCw, X } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { resendInviteAction, revokeInviteAction } from "@/components/members/actions";
import { ROLE_WORDS } from "@/components/members/role-words";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardHeader } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { RelativeTime } from "@/components/ui/relative-time";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { mayGrant, type Role } from "@/lib/identity/roles";
import type { PendingInvite } from "@/lib/members/read-members";

interface InvitesCardProps {
  organizationId: string;
  invites: PendingInvite[];
  /** Of whoever looks at it. */
  role: Role;
  /** Called when one was sent again; `link` is null where it went by mail. */
  onSent: (email: string, link: string | null) => void;
}

/** Invitations that nobody has accepted yet. */
export function InvitesCard({ organizationId, invites, role, onSent }: InvitesCardProps) {
  return (
    <Card>
      <CardHeader title="Invitations" description="Not accepted yet. Sending one again ends the link before it." />
      <Table label="Invitations">
        <TableHead>
          <tr>
            <HeaderCell>E-mail</HeaderCell>
            <HeaderCell>Role</HeaderCell>
            <HeaderCell className="hidden sm:table-cell">Expires</HeaderCell>
            <HeaderCell>
              <span className="sr-only">Actions</span>
            </HeaderCell>
          </tr>
        </TableHead>
        <tbody>
          {invites.map((invite) => (
            <Row key={invite.id}>
              <Cell className="max-w-40 truncate sm:max-w-80" title={invite.email}>
                {invite.email}
              </Cell>
              <Cell>{ROLE_WORDS[invite.role].label}</Cell>
              <Cell className="hidden whitespace-nowrap text-soft sm:table-cell">
                <Ending invite={invite} />
              </Cell>
              <Cell className="text-right">
                {mayGrant(role, invite.role) ? (
                  <InviteButtons organizationId={organizationId} invite={invite} onSent={onSent} />
                ) : null}
              </Cell>
            </Row>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}

function Ending({ invite }: { invite: PendingInvite }) {
  if (invite.state === "expired") return <Badge tone="held">Expired</Badge>;
  if (invite.state === "revoked") return <Badge tone="held">Sender left</Badge>;
  return <RelativeTime at={invite.expiresAt} />;
}

function InviteButtons({
  organizationId,
  invite,
  onSent,
}: Pick<InvitesCardProps, "organizationId" | "onSent"> & { invite: PendingInvite }) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const [sending, setSending] = useState(false);
  const { id: inviteId, email } = invite;

  const resend = async () => {
    setSending(true);
    const answer = await resendInviteAction({ organizationId, inviteId }).catch(() => undefined);
    setSending(false);
    if (!answer?.ok) {
      toast.error("The invitation was not sent", {
        description: answer?.error.message ?? UNREACHABLE,
      });
      return;
    }
    if (answer.data.link === null) toast.success(`The invitation of ${email} is sent again`);
    onSent(email, answer.data.link);
  };
  const revoke = async () => {
    const answer = await revokeInviteAction({ organizationId, inviteId }).catch(() => undefined);
    if (!answer?.ok) {
      toast.error("The invitation was not taken back", {
        description: answer?.error.message ?? UNREACHABLE,
      });
      return false;
    }
    toast.success(`The invitation of ${email} is taken back`);
    router.refresh();
    return true;
  };

  return (
    <span className="inline-flex gap-1">
      <Button
        variant="ghost"
        size="icon-sm"
        pending={sending}
        onClick={() => void resend()}
        aria-label={`Send the invitation of ${email} again`}
      >
        {sending ? null : <RotateCw />}
      </Button>
      <Button
        variant="ghost"
        size="icon-sm"
        onClick={() => setAsking(true)}
        aria-label={`Take back the invitation of ${email}`}
      >
        <X />
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Take back the invitation of ${email}?`}
        description="Its link opens nothing from now on. You can invite them again."
        confirm="Take back"
        onConfirm={revoke}
      />
    </span>
  );
}
