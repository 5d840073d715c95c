import Link from "next/link";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { Card, CardHeader } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { FirstRun, type FirstRunProps } from "@/components/usage/first-run";
import { OverviewFigures } from "@/components/usage/overview-figures";
import { RequestsTable } from "@/components/usage/requests-table";
import { UsageCard } from "@/components/usage/usage-card";
import type { Overview } from "@/lib/usage/overview";
import type { RequestRow } from "@/lib/usage/requests";

interface OverviewViewProps {
  project: { id: string; name: string };
  overview: Overview;
  /** Decimal strings of USD; null for those who may not see it. */
  balance: { available: string; held: string } | null;
  /** null for those who may not see the logs. */
  recent: RequestRow[] | null;
  /** null for those who cannot make a key. */
  firstRun: FirstRunProps | null;
}

/** What a project has to spend, what it spent, and what happened last. */
export function OverviewView({ project, overview, balance, recent, firstRun }: OverviewViewProps) {
  const complete = firstRun?.hasKey && firstRun.hasRequest && firstRun.hasLimit;
  return (
    <>
      <PageHeader title="Overview" />
      <div className="grid gap-4">
        {firstRun && !complete ? <FirstRun {...firstRun} /> : null}
        <OverviewFigures overview={overview} balance={balance} />
        <UsageCard series={overview.series} />
        {recent === null || recent.length === 0 ? null : (
          <Card className="overflow-hidden">
            <CardHeader
              title="Recent requests"
              actions={
                <Button asChild size="sm">
                  <Link href={projectPath(project.id, "/logs")}>All logs</Link>
                </Button>
              }
            />
            <RequestsTable projectId={project.id} rows={recent} />
          </Card>
        )}
      </div>
    </>
  );
}
