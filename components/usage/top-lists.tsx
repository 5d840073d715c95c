import Link from "next/link";
import { projectPath } from "@/components/shell/navigation";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { percentOf } from "@/components/ui/money";
import { Money } from "@/components/ui/money-text";
import { logFiltersOf } from "@/components/usage/log-filters";
import { groupWords } from "@/components/usage/usage-words";
import type { UsageGroup } from "@/lib/usage/breakdown";
import type { TopBy } from "@/lib/usage/overview";

const count = new Intl.NumberFormat("en-GB");
const TITLES: Readonly<Record<TopBy, string>> = { model: "Top models", key: "Top keys", user: "Top end users" };

interface TopListsProps {
  projectId: string;
  top: Partial<Record<TopBy, UsageGroup[]>>;
  /** Of the whole span, USD as a decimal string: what the bars are a part of. */
  spend: string;
  mayOpenLogs: boolean;
}

/** What a span was spent on: the dearest models, keys and end users. Lists without an entry are left out. */
export function TopLists({ projectId, top, spend, mayOpenLogs }: TopListsProps) {
  const lists = (["model", "key", "user"] as const).flatMap((by) => {
    const groups = top[by] ?? [];
    return groups.length === 0 ? [] : [{ by, groups }];
  });
  if (lists.length === 0) return null;
  return (
    <div className="grid gap-4 md:auto-cols-fr md:grid-flow-col">
      {lists.map(({ by, groups }) => (
        <Card key={by} className="min-w-0">
          <CardHeader title={TITLES[by]} />
          <CardBody>
            <ol className="grid gap-3">
              {groups.map((group) => {
                const words = groupWords(group, by);
                const filters = mayOpenLogs ? logFiltersOf(by, group) : null;
                return (
                  <li key={group.group} className="text-ui">
                    <div className="flex items-baseline gap-3">
                      {filters ? (
                        <Link
                          href={`${projectPath(projectId, "/logs")}?${new URLSearchParams(filters)}`}
                          title={words}
                          className="min-w-0 flex-1 truncate rounded underline-offset-4 hover:underline"
                        >
                          {words}
                        </Link>
                      ) : (
                        <span className="min-w-0 flex-1 truncate" title={words}>
                          {words}
                        </span>
                      )}
                      <span className="tabular text-faint text-xs">
                        {count.format(group.requests)} {group.requests === 1 ? "request" : "requests"}
                      </span>
                      <Money amount={group.cost} />
                    </div>
                    <div aria-hidden className="mt-1.5 h-1 rounded-full bg-hover">
                      <div
                        className="h-1 rounded-full bg-accent"
                        style={{ width: `${spend === "0.00" ? 0 : percentOf(group.cost, spend)}%` }}
                      />
                    </div>
                  </li>
                );
              })}
            </ol>
          </CardBody>
        </Card>
      ))}
    </div>
  );
}
