"use client";

import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { deleteBudgetAction } from "@/components/end-users/actions";
import { BudgetDialog } from "@/components/end-users/budget-dialog";
import { budgetWords, startsAgainWords } from "@/components/end-users/budget-words";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { CopyableText } from "@/components/ui/copy-button";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { formatMoney } from "@/components/ui/money";
import { RelativeTime } from "@/components/ui/relative-time";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { AssignedBudget } from "@/lib/end-users/read-budgets";

interface BudgetsTableProps {
  budgets: readonly AssignedBudget[];
  mayManage: boolean;
}

/** The organisation's budgets, and how many end users have each. */
export function BudgetsTable({ budgets, mayManage }: BudgetsTableProps) {
  return (
    <Table label="Budgets">
      <TableHead>
        <tr>
          <HeaderCell>Amount</HeaderCell>
          <HeaderCell>Starts again</HeaderCell>
          <HeaderCell numeric>Users</HeaderCell>
          <HeaderCell className="hidden md:table-cell">Id</HeaderCell>
          <HeaderCell className="hidden lg:table-cell">Created</HeaderCell>
          {mayManage ? (
            <HeaderCell>
              <span className="sr-only">Actions</span>
            </HeaderCell>
          ) : null}
        </tr>
      </TableHead>
      <tbody>
        {budgets.map((budget) => (
          <Row key={budget.id}>
            <Cell className="whitespace-nowrap font-medium">
              {budget.maxBudget === null ? "Not limited" : formatMoney(budget.maxBudget)}
            </Cell>
            <Cell className="whitespace-nowrap text-soft">{startsAgainWords(budget.reset)}</Cell>
            <Cell numeric>{budget.users}</Cell>
            <Cell className="hidden max-w-64 md:table-cell">
              <CopyableText text={budget.id} what="budget id" />
            </Cell>
            <Cell className="hidden whitespace-nowrap text-soft lg:table-cell">
              <RelativeTime at={budget.createdAt} />
            </Cell>
            {mayManage ? (
              <Cell className="w-10 text-right">
                <BudgetMenu budget={budget} />
              </Cell>
            ) : null}
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

function BudgetMenu({ budget }: { budget: AssignedBudget }) {
  const router = useRouter();
  const [asked, setAsked] = useState<"edit" | "delete" | null>(null);
  const words = budgetWords(budget);

  const remove = async () => {
    const { id, organizationId } = budget;
    const answer = await deleteBudgetAction({ organizationId, budgetId: id }).catch(() => undefined);
    if (!answer?.ok) {
      toast.error("The budget was not deleted", {
        description: answer?.error.message ?? UNREACHABLE,
      });
      return false;
    }
    toast.success("The budget is deleted");
    router.refresh();
    return true;
  };

  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon-sm" aria-label={`Actions for ${words}`}>
            <Ellipsis />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem onSelect={() => setAsked("edit")}>
            <Pencil />
            Edit…
          </MenuItem>
          <MenuSeparator />
          <MenuItem danger onSelect={() => setAsked("delete")}>
            <Trash2 />
            Delete…
          </MenuItem>
        </MenuContent>
      </Menu>
      <BudgetDialog
        open={asked === "edit"}
        onOpenChange={(open) => setAsked(open ? "edit" : null)}
        organizationId={budget.organizationId}
        budget={budget}
      />
      <ConfirmDialog
        open={asked === "delete"}
        onOpenChange={(open) => setAsked(open ? "delete" : null)}
        title={`Delete the budget of ${words}?`}
        description={
          budget.users === 0
            ? "It is assigned to nobody."
            : `${budget.users === 1 ? "One end user is" : `${budget.users} end users are`} assigned to it, and not limited any more from then on. What they spend is counted as before.`
        }
        confirm="Delete budget"
        onConfirm={remove}
      />
    </>
  );
}
