import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { ruleCatalogue } from "@/components/iam/rule-catalogue";
import { RulesEditor } from "@/components/iam/rules-editor";
import { projectPath } from "@/components/shell/navigation";
import { BackLink } from "@/components/ui/back-link";
import { Card, CardBody } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { requireProject } from "@/lib/edge/session";
import { findMemberView } from "@/lib/members/read-members";

export const metadata: Metadata = { title: "Rules of a member" };

interface MemberRulesPageProps {
  params: Promise<{ project: string; member: string }>;
}

export default async function MemberRulesPage({ params }: MemberRulesPageProps) {
  const { project: projectId, member: memberId } = await params;
  const { organization, project, may } = await requireProject(projectId, "rules.view");
  const member = await findMemberView(organization.id, memberId);
  if (!member) notFound();
  return (
    <>
      <BackLink href={projectPath(project.id, "/members")}>Members</BackLink>
      <PageHeader
        title={`Rules of ${member.name ?? member.email}`}
        description="They hold for every key that this member made, in all projects, beside those of the key and of its project, from the next call on."
      />
      <Card className="max-w-4xl">
        <CardBody className="pt-4 sm:pt-5">
          <RulesEditor
            projectId={project.id}
            owner={{ membershipId: member.id }}
            rules={member.rules}
            catalogue={ruleCatalogue()}
            mayChange={may("rules.manage")}
          />
        </CardBody>
      </Card>
    </>
  );
}
