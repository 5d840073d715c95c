import { ArrowLeft } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { ruleCatalogue } from "@/components/iam/rule-catalogue";
import { RulesEditor } from "@/components/iam/rules-editor";
import { projectPath } from "@/components/shell/navigation";
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
      <Link
        href={projectPath(project.id, "/settings")}
        className="mb-2 inline-flex items-center gap-1 rounded text-soft text-ui hover:text-ink"
      >
        <ArrowLeft className="size-3.5" aria-hidden />
        Settings
      </Link>
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
