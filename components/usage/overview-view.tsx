import Link from "next/link";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { Card, CardHeader } from "@/components/ui/card";
import { Notice } from "@/components/ui/notice";
import { AnomaliesList } from "@/components/usage/anomalies-list";
import { FirstRun, type FirstRunProps } from "@/components/usage/first-run";
import { OverviewFigures } from "@/components/usage/overview-figures";
import { OverviewHeader } from "@/components/usage/overview-header";
import { RequestsTable } from "@/components/usage/requests-table";
import { TopLists } from "@/components/usage/top-lists";
import { UsageCard } from "@/components/usage/usage-card";
import { BEFORE_WORDS } from "@/components/usage/usage-words";
import type { Overview } from "@/lib/usage/overview";
import type { RequestRow } from "@/lib/usage/requests";
import type { BucketSize, Range } from "@/lib/usage/span";

interface OverviewViewProps {
  project: { id: string; name: string };
  range: Range;
  /** The span that is shown: UTC days, both included. A sentence where the address names none. */
  span: { firstDay: string; lastDay: string; size: BucketSize } | string;
  /** null where there is no span. */
  overview: Overview | null;
  /** Decimal strings of USD; null for those who may not see it. */
  balance: { available: string; held: string } | null;
  /** null for those who may not see the logs. */
  recent: RequestRow[] | null;
  /** null for those who cannot make a key. */
  firstRun: FirstRunProps | null;
}

/** What a project has to spend, how a span went beside the one before it, and what happened last. */
export function OverviewView({ project, range, span, overview, balance, recent, firstRun }: OverviewViewProps) {
  const complete = firstRun?.newestKeyId != null && firstRun.hasRequest && firstRun.hasLimit;
  return (
    <>
      <OverviewHeader shown={typeof span === "string" ? null : span} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {firstRun && !complete ? <FirstRun {...firstRun} /> : null}
        {typeof span === "string" ? (
          <Notice tone="warning" live>
            {span}
          </Notice>
        ) : null}
        {overview && typeof span !== "string" ? (
          <>
            <AnomaliesList projectId={project.id} anomalies={overview.anomalies} />
            <OverviewFigures overview={overview} beforeWords={BEFORE_WORDS[range]} balance={balance} />
            <UsageCard series={overview.series} size={span.size} />
            <TopLists
              projectId={project.id}
              top={overview.top}
              spend={overview.current.cost}
              mayOpenLogs={recent !== null}
            />
          </>
        ) : null}
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
