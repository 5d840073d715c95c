import type { Metadata } from "next";
import { ruleCatalogue } from "@/components/iam/rule-catalogue";
import { RulesEditor } from "@/components/iam/rules-editor";
import { projectPath } from "@/components/shell/navigation";
import { BackLink } from "@/components/ui/back-link";
import { Card, CardBody } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { requireProject } from "@/lib/edge/session";
import { readRules } from "@/lib/iam/read-rules";

export const metadata: Metadata = { title: "Rules" };

interface ProjectRulesPageProps {
  params: Promise<{ project: string }>;
}

export default async function ProjectRulesPage({ params }: ProjectRulesPageProps) {
  const { project, may } = await requireProject((await params).project, "rules.view");
  const rules = await readRules({ projectId: project.id });
  return (
    <>
      <BackLink href={projectPath(project.id, "/settings")}>Settings</BackLink>
      <PageHeader
        title="Rules"
        description={`What the keys of ${project.name} may call. A key’s own rules, and those of the member who made it, can only narrow what these leave.`}
      />
      <Card className="max-w-4xl">
        <CardBody className="pt-4 sm:pt-5">
          <RulesEditor
            projectId={project.id}
            owner={{ projectId: project.id }}
            rules={rules}
            catalogue={ruleCatalogue()}
            mayChange={may("rules.manage")}
          />
        </CardBody>
      </Card>
    </>
  );
}
