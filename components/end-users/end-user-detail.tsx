"use client";

import { ArrowLeft, ScrollText } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { budgetWords } from "@/components/end-users/budget-words";
import { EndUserMenu } from "@/components/end-users/end-user-menu";
import { EndUserSpend } from "@/components/end-users/end-user-spend";
import { projectPath } from "@/components/shell/navigation";
import { Badge } from "@/components/ui/badge";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { CopyableText } from "@/components/ui/copy-button";
import { EmptyState } from "@/components/ui/empty-state";
import { Fact, Facts } from "@/components/ui/facts";
import { PageHeader } from "@/components/ui/page-header";
import { RelativeTime } from "@/components/ui/relative-time";
import { RequestsTable } from "@/components/usage/requests-table";
import type { BudgetView } from "@/lib/end-users/budget-view";
import type { EndUserView } from "@/lib/end-users/end-user-view";
import type { RequestRow } from "@/lib/usage/requests";

interface EndUserDetailProps {
  projectId: string;
  user: EndUserView;
  budgets: readonly BudgetView[];
  requests: RequestRow[];
  mayManage: boolean;
}

/** One end user: their budget, what they spent, and their newest requests of this project. */
export function EndUserDetail({ projectId, user, budgets, requests, mayManage }: EndUserDetailProps) {
  const router = useRouter();
  const list = projectPath(projectId, "/end-users");
  const budget = budgets.find(({ id }) => id === user.budgetId) ?? null;
  return (
    <>
      <Link
        href={list}
        className="mb-3 inline-flex items-center gap-1.5 rounded text-soft text-ui underline-offset-4 hover:underline"
      >
        <ArrowLeft className="size-3.5" aria-hidden />
        End users
      </Link>
      <PageHeader
        title={
          <span className="flex min-w-0 flex-wrap items-center gap-2.5">
            <span className="min-w-0 break-words">{user.alias ?? user.name}</span>
            {user.isBlocked ? <Badge tone="bad">Blocked</Badge> : null}
          </span>
        }
        actions={mayManage ? <EndUserMenu user={user} budgets={budgets} onDeleted={() => router.push(list)} /> : null}
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <Card>
          <CardHeader title="Budget" description={budget ? budgetWords(budget) : "None: counted, not limited."} />
          <CardBody>
            <Facts>
              <Fact name="Spend">
                <EndUserSpend user={user} budget={budget} />
              </Fact>
              {user.budgetStartedAt ? (
                <Fact name="Started">
                  <RelativeTime at={user.budgetStartedAt} />
                </Fact>
              ) : null}
              {user.nextBudgetResetAt ? (
                <Fact name="Starts again">
                  <RelativeTime at={user.nextBudgetResetAt} />
                </Fact>
              ) : null}
              <Fact name="User id">
                <CopyableText text={user.name} what="user id" />
              </Fact>
              <Fact name="Created">
                <RelativeTime at={user.createdAt} />
              </Fact>
            </Facts>
          </CardBody>
        </Card>
        <Card className="overflow-hidden">
          <CardHeader title="Newest requests" description="Of this project; spend counts all projects." />
          {requests.length > 0 ? (
            <RequestsTable projectId={projectId} rows={requests} />
          ) : (
            <EmptyState icon={ScrollText} title="No requests yet">
              Calls with a key of theirs appear here, and calls with the master key that name them.
            </EmptyState>
          )}
        </Card>
      </div>
    </>
  );
}
