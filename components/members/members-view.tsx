"use client";

import { UserPlus } from "lucide-react";
import { useRouter } from "next/navigation";
import { parseAsBoolean, useQueryState } from "nuqs";
import { useState } from "react";
import { InviteDialog } from "@/components/members/invite-dialog";
import { InvitesCard } from "@/components/members/invites-card";
import { LinkDialog } from "@/components/members/link-dialog";
import { MembersTable } from "@/components/members/members-table";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import type { Role } from "@/lib/identity/roles";
import type { MemberWithKeys, PendingInvite } from "@/lib/members/read-members";

interface MembersViewProps {
  /** The project on screen. */
  projectId: string;
  organization: { id: string; name: string };
  /** Who looks at it. */
  self: { userId: string; role: Role };
  members: MemberWithKeys[];
  /** null for those who may not manage members. */
  invites: PendingInvite[] | null;
  may: { manage: boolean; viewRules: boolean; manageRules: boolean };
  /** Whether invitations go by mail; else their link is shown, once. */
  sendsMail: boolean;
}

/** The people of an organisation: who they are, what they may do, and who is invited. */
export function MembersView({ projectId, organization, self, members, invites, may, sendsMail }: MembersViewProps) {
  const router = useRouter();
  const [inviting, setInviting] = useQueryState("invite", parseAsBoolean.withDefault(false));
  const [link, setLink] = useState<{ email: string; link: string } | null>(null);
  const shown = (email: string, made: string | null) => {
    if (made !== null) setLink({ email, link: made });
    router.refresh();
  };
  return (
    <>
      <PageHeader
        title="Members"
        description={`Who belongs to ${organization.name}, and what they may do in all of its projects.`}
        actions={
          may.manage ? (
            <Button variant="primary" onClick={() => void setInviting(true)}>
              <UserPlus />
              Invite member
            </Button>
          ) : null
        }
      />
      <div className="grid grid-cols-1 gap-4">
        <Card>
          <MembersTable projectId={projectId} organization={organization} self={self} members={members} may={may} />
        </Card>
        {invites !== null && invites.length > 0 ? (
          <InvitesCard organizationId={organization.id} invites={invites} role={self.role} onSent={shown} />
        ) : null}
      </div>
      {may.manage ? (
        <InviteDialog
          open={inviting}
          onOpenChange={(open) => void setInviting(open || null)}
          organization={organization}
          role={self.role}
          sendsMail={sendsMail}
          onInvited={shown}
        />
      ) : null}
      {link ? <LinkDialog {...link} onDone={() => setLink(null)} /> : null}
    </>
  );
}
