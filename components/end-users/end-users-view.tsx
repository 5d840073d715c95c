"use client";

import { ArrowLeft, ArrowRight, Contact, Plus, Wallet } from "lucide-react";
import { useQueryStates } from "nuqs";
import { useState, useTransition } from "react";
import { BudgetDialog } from "@/components/end-users/budget-dialog";
import { BudgetsTable } from "@/components/end-users/budgets-table";
import { EndUserDialog } from "@/components/end-users/end-user-dialog";
import { endUserFilterParsers } from "@/components/end-users/end-user-filters";
import { EndUsersTable } from "@/components/end-users/end-users-table";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { PageHeader } from "@/components/ui/page-header";
import { SearchInput } from "@/components/ui/search-input";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import type { EndUserView } from "@/lib/end-users/end-user-view";
import type { AssignedBudget } from "@/lib/end-users/read-budgets";

interface EndUsersViewProps {
  projectId: string;
  organization: { id: string; name: string };
  users: readonly EndUserView[];
  hasMore: boolean;
  budgets: readonly AssignedBudget[];
  mayManage: boolean;
}

/** The organisation's own customers, what each spent, and the budgets that limit them. */
export function EndUsersView({ projectId, organization, users, hasMore, budgets, mayManage }: EndUsersViewProps) {
  const [pending, start] = useTransition();
  const [{ tab, q, page }, setFilters] = useQueryStates(endUserFilterParsers, {
    shallow: false,
    startTransition: start,
  });
  const [adding, setAdding] = useState<"user" | "budget" | null>(null);
  const button = (what: "user" | "budget") =>
    mayManage ? (
      <Button variant="primary" onClick={() => setAdding(what)}>
        <Plus />
        {what === "user" ? "Create end user" : "Create budget"}
      </Button>
    ) : null;
  const isEmpty = users.length === 0 && q === "" && page === 1;

  return (
    <>
      <PageHeader
        title="End users"
        description={`The customers of ${organization.name}. Each has a meter of their own, over all projects, and no call of theirs goes out that does not fit their budget.`}
        actions={tab === "users" ? (isEmpty ? null : button("user")) : budgets.length === 0 ? null : button("budget")}
      />
      <Tabs
        value={tab}
        onValueChange={(next) => void setFilters({ tab: next === "budgets" ? "budgets" : "users" }, { shallow: true })}
      >
        <TabsList aria-label="End users and budgets" className="mb-4">
          <TabsTrigger value="users">End users</TabsTrigger>
          <TabsTrigger value="budgets">Budgets</TabsTrigger>
        </TabsList>
        <TabsContent value="users" tabIndex={-1}>
          {isEmpty ? null : (
            <SearchInput
              aria-label="Search end users"
              placeholder="Search by id or alias"
              value={q}
              onSearch={(text) => void setFilters({ q: text || null, page: null }, { throttleMs: 300 })}
              className="mb-3 max-w-72"
            />
          )}
          <Card className={cn("overflow-hidden transition-opacity", pending && "opacity-60")} aria-busy={pending}>
            {users.length > 0 ? (
              <EndUsersTable projectId={projectId} users={users} budgets={budgets} mayManage={mayManage} />
            ) : isEmpty ? (
              <EmptyState icon={Contact} title="No end users yet" action={button("user")}>
                Name your own customers here, give them a budget, and make keys that belong to them (
                <code className="font-mono text-xs">user_id</code>), or name them in calls.
              </EmptyState>
            ) : (
              <EmptyState icon={Contact} title="Nobody fits">
                No end user of this organisation has “{q}” in their id or alias.
              </EmptyState>
            )}
          </Card>
          {page > 1 || hasMore ? (
            <nav aria-label="Pages of end users" className="mt-3 flex items-center justify-between">
              {page > 1 ? (
                <Button size="sm" onClick={() => void setFilters({ page: page - 1 }, { history: "push" })}>
                  <ArrowLeft />
                  Newer
                </Button>
              ) : (
                <span />
              )}
              {hasMore ? (
                <Button size="sm" onClick={() => void setFilters({ page: page + 1 }, { history: "push" })}>
                  Older
                  <ArrowRight />
                </Button>
              ) : null}
            </nav>
          ) : null}
        </TabsContent>
        <TabsContent value="budgets" tabIndex={-1}>
          <Card className="overflow-hidden">
            {budgets.length > 0 ? (
              <BudgetsTable budgets={budgets} mayManage={mayManage} />
            ) : (
              <EmptyState icon={Wallet} title="No budgets yet" action={button("budget")}>
                A budget is an amount and when it starts again. Each end user who is assigned to it has it for
                themselves.
              </EmptyState>
            )}
          </Card>
        </TabsContent>
      </Tabs>
      <EndUserDialog
        open={adding === "user"}
        onOpenChange={(open) => setAdding(open ? "user" : null)}
        organizationId={organization.id}
        budgets={budgets}
        user={null}
      />
      <BudgetDialog
        open={adding === "budget"}
        onOpenChange={(open) => setAdding(open ? "budget" : null)}
        organizationId={organization.id}
        budget={null}
      />
    </>
  );
}
