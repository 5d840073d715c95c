"use client";

import Link from "next/link";
import { budgetWords } from "@/components/end-users/budget-words";
import { EndUserMenu } from "@/components/end-users/end-user-menu";
import { EndUserSpend } from "@/components/end-users/end-user-spend";
import { projectPath } from "@/components/shell/navigation";
import { Badge } from "@/components/ui/badge";
import { RelativeTime } from "@/components/ui/relative-time";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import type { BudgetView } from "@/lib/end-users/budget-view";
import type { EndUserView } from "@/lib/end-users/end-user-view";

interface EndUsersTableProps {
  projectId: string;
  users: readonly EndUserView[];
  budgets: readonly BudgetView[];
  mayManage: boolean;
}

/** End users with what they spent of their budgets; each line leads to their requests. */
export function EndUsersTable({ projectId, users, budgets, mayManage }: EndUsersTableProps) {
  const budgetOf = (user: EndUserView) => budgets.find(({ id }) => id === user.budgetId) ?? null;
  return (
    <Table label="End users">
      <TableHead>
        <tr>
          <HeaderCell>User</HeaderCell>
          <HeaderCell>Spend</HeaderCell>
          <HeaderCell className="hidden md:table-cell">Budget</HeaderCell>
          <HeaderCell className="hidden lg:table-cell">Created</HeaderCell>
          {mayManage ? (
            <HeaderCell className="hidden sm:table-cell">
              <span className="sr-only">Actions</span>
            </HeaderCell>
          ) : null}
        </tr>
      </TableHead>
      <tbody>
        {users.map((user) => {
          const budget = budgetOf(user);
          return (
            <Row key={user.id}>
              <Cell className="max-w-40 sm:max-w-64">
                <span className="flex flex-wrap items-center gap-x-2">
                  <Link
                    href={projectPath(projectId, `/end-users/${user.id}`)}
                    className="min-w-0 truncate rounded font-medium underline-offset-4 hover:underline"
                    title={user.name}
                  >
                    {user.alias ?? user.name}
                  </Link>
                  {user.isBlocked ? <Badge tone="bad">Blocked</Badge> : null}
                </span>
                {user.alias === null ? null : (
                  <span className="block truncate font-mono text-faint text-xs">{user.name}</span>
                )}
              </Cell>
              <Cell>
                <EndUserSpend user={user} budget={budget} />
              </Cell>
              <Cell className="hidden whitespace-nowrap text-soft md:table-cell">
                {budget ? budgetWords(budget) : <span className="text-faint">None</span>}
              </Cell>
              <Cell className="hidden whitespace-nowrap text-soft lg:table-cell">
                <RelativeTime at={user.createdAt} />
              </Cell>
              {mayManage ? (
                <Cell className="hidden w-10 text-right sm:table-cell">
                  <EndUserMenu user={user} budgets={budgets} />
                </Cell>
              ) : null}
            </Row>
          );
        })}
      </tbody>
    </Table>
  );
}
