import { ShieldCheck } from "lucide-react";
import Link from "next/link";
import { LimitCard } from "@/components/projects/limit-card";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { Card, CardHeader } from "@/components/ui/card";
import { readRules } from "@/lib/iam/read-rules";
import { readProjectLimit } from "@/lib/projects/project-limit";

interface LimitsCardsProps {
  project: { id: string; name: string };
  mayChange: boolean;
  maySeeRules: boolean;
}

/** What a project's keys may spend together, and where what they may call is written. */
export async function LimitsCards({ project, mayChange, maySeeRules }: LimitsCardsProps) {
  const [limit, rules] = await Promise.all([
    readProjectLimit(project.id),
    maySeeRules ? readRules({ projectId: project.id }) : null,
  ]);
  const inForce = rules?.filter(({ isActive }) => isActive).length ?? 0;
  return (
    <>
      <LimitCard project={project} limit={limit} mayChange={mayChange} />
      {rules === null ? null : (
        <Card>
          <CardHeader
            title="Rules"
            description={
              inForce === 0
                ? "None: the project’s keys may call every model."
                : `${inForce === 1 ? "1 rule is" : `${inForce} rules are`} in force for all keys of the project.`
            }
            actions={
              <Button asChild>
                <Link href={projectPath(project.id, "/settings/rules")}>
                  <ShieldCheck />
                  {mayChange ? "Edit rules" : "See rules"}
                </Link>
              </Button>
            }
          />
        </Card>
      )}
    </>
  );
}
