import Link from "next/link";
import { projectPath } from "@/components/shell/navigation";
import { Money } from "@/components/ui/money-text";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import { logFiltersOf } from "@/components/usage/log-filters";
import { BY_WORDS, groupWords } from "@/components/usage/usage-words";
import type { GroupTotals, UsageGroup } from "@/lib/usage/breakdown";
import type { BreakdownBy } from "@/lib/usage/measures";

interface UsageGroupsTableProps {
  projectId: string;
  by: BreakdownBy;
  groups: UsageGroup[];
  total: GroupTotals;
  /** Of the groups that have one in the chart. */
  colours: ReadonlyMap<string, string>;
  /** Whether names lead to the log. */
  mayOpenLogs: boolean;
}

const count = new Intl.NumberFormat("en-GB");
const percent = new Intl.NumberFormat("en-GB", { style: "percent", maximumFractionDigits: 1 });

function Figures({ of }: { of: GroupTotals }) {
  return (
    <>
      <Cell numeric>{count.format(of.requests)}</Cell>
      <Cell numeric className="hidden sm:table-cell">
        {count.format(of.errors)}
        {of.errors > 0 ? (
          <span className="block text-faint text-xs">{percent.format(of.errors / of.requests)}</span>
        ) : null}
      </Cell>
      <Cell numeric className="hidden md:table-cell">
        {count.format(of.promptTokens)}
      </Cell>
      <Cell numeric className="hidden md:table-cell">
        {count.format(of.completionTokens)}
      </Cell>
      <Cell numeric>
        <Money amount={of.cost} />
      </Cell>
    </>
  );
}

/** The figures behind the chart, largest first, with their sum. */
export function UsageGroupsTable({ projectId, by, groups, total, colours, mayOpenLogs }: UsageGroupsTableProps) {
  return (
    <Table label={`Usage by ${BY_WORDS[by].toLowerCase()}`}>
      <TableHead>
        <tr>
          <HeaderCell>{BY_WORDS[by]}</HeaderCell>
          <HeaderCell numeric>Requests</HeaderCell>
          <HeaderCell numeric className="hidden sm:table-cell">
            Errors
          </HeaderCell>
          <HeaderCell numeric className="hidden md:table-cell">
            Tokens in
          </HeaderCell>
          <HeaderCell numeric className="hidden md:table-cell">
            Tokens out
          </HeaderCell>
          <HeaderCell numeric>Cost</HeaderCell>
        </tr>
      </TableHead>
      <tbody>
        {groups.map((group) => {
          const words = groupWords(group, by);
          const filters = mayOpenLogs ? logFiltersOf(by, group) : null;
          return (
            <Row key={group.group}>
              <Cell className="max-w-40 sm:max-w-80">
                <span className="flex items-center gap-2">
                  <span
                    aria-hidden
                    className="size-2.5 shrink-0 rounded-xs"
                    style={{ background: colours.get(group.group) ?? "transparent" }}
                  />
                  {filters ? (
                    <Link
                      href={`${projectPath(projectId, "/logs")}?${new URLSearchParams(filters)}`}
                      title={words}
                      className="truncate rounded underline-offset-4 hover:underline"
                    >
                      {words}
                    </Link>
                  ) : (
                    <span className="truncate" title={words}>
                      {words}
                    </span>
                  )}
                </span>
              </Cell>
              <Figures of={group} />
            </Row>
          );
        })}
      </tbody>
      <tfoot className="border-line border-t font-medium">
        <tr>
          <Cell>Total</Cell>
          <Figures of={total} />
        </tr>
      </tfoot>
    </Table>
  );
}
