import type { Metadata } from "next";
import { MembersView } from "@/components/members/members-view";
import { RolesCard } from "@/components/members/roles-card";
import { requireProject } from "@/lib/edge/session";
import { listInvites, listMembers } from "@/lib/members/read-members";
import { mailsInvites } from "@/lib/members/send-invite";

export const metadata: Metadata = { title: "Members" };

interface MembersPageProps {
  params: Promise<{ project: string }>;
}

export default async function MembersPage({ params }: MembersPageProps) {
  const { user, organization, project, membership, may } = await requireProject((await params).project, "members.view");
  const [members, invites] = await Promise.all([
    listMembers(organization.id),
    may("members.manage") ? listInvites(organization.id) : null,
  ]);
  return (
    <>
      <MembersView
        projectId={project.id}
        organization={{ id: organization.id, name: organization.name }}
        self={{ userId: user.id, role: membership.role }}
        // What a rule says is not for everybody who sees who is there.
        members={may("rules.view") ? members : members.map((member) => ({ ...member, rules: [] }))}
        invites={invites}
        may={{ manage: may("members.manage"), viewRules: may("rules.view"), manageRules: may("rules.manage") }}
        sendsMail={mailsInvites()}
      />
      <div className="mt-4">
        <RolesCard />
      </div>
    </>
  );
}
