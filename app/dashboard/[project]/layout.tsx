import type { ReactNode } from "react";
import { Shell } from "@/components/shell/shell";
import type { ProjectChoice } from "@/components/shell/shell-data";
import { ServerClockProvider } from "@/components/ui/relative-time";
import { listAlerts } from "@/lib/alerts/list-alerts";
import { formatUsd } from "@/lib/core/money";
import { requireProject } from "@/lib/edge/session";
import { readBalance } from "@/lib/ledger/balance";
import { listProjects } from "@/lib/projects/list-projects";
import type { ProjectView } from "@/lib/projects/project-view";

interface ProjectLayoutProps {
  params: Promise<{ project: string }>;
  children: ReactNode;
}

function choice({ id, name, organizationId, organizationName }: ProjectView): ProjectChoice {
  return { id, name, organizationId, organizationName };
}

export default async function ProjectLayout({ params, children }: ProjectLayoutProps) {
  const { user, membership, organization, project, may } = await requireProject((await params).project);
  const [projects, balance, alerts] = await Promise.all([
    listProjects(user.id),
    may("billing.view") ? readBalance(organization.id) : null,
    listAlerts({ organizationId: organization.id, projectId: project.id, userId: user.id }),
  ]);
  return (
    <ServerClockProvider now={Date.now()}>
      <Shell
        data={{
          user: { name: user.name, email: user.email },
          role: membership.role,
          project: choice(project),
          projects: projects.map(choice),
          balance: balance && { available: formatUsd(balance.available), held: formatUsd(balance.held) },
          alerts,
        }}
      >
        {children}
      </Shell>
    </ServerClockProvider>
  );
}
