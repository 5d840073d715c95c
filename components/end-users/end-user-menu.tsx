"use client";

import { Ban, CircleCheck, Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { deleteEndUserAction, updateEndUserAction } from "@/components/end-users/actions";
import { EndUserDialog } from "@/components/end-users/end-user-dialog";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { BudgetView } from "@/lib/end-users/budget-view";
import type { EndUserView } from "@/lib/end-users/end-user-view";

interface EndUserMenuProps {
  user: EndUserView;
  budgets: readonly BudgetView[];
  /** Called once they are deleted. */
  onDeleted?: () => void;
}

/** Everything that can be done with one end user. */
export function EndUserMenu({ user, budgets, onDeleted }: EndUserMenuProps) {
  const router = useRouter();
  const [asked, setAsked] = useState<"edit" | "delete" | null>(null);
  const { organizationId, name, isBlocked } = user;

  const block = async (wanted: boolean) => {
    const answer = await updateEndUserAction({ organizationId, name, isBlocked: wanted }).catch(() => undefined);
    if (!answer?.ok) {
      toast.error("Nothing was changed", { description: answer?.error.message ?? UNREACHABLE });
      return;
    }
    toast.success(wanted ? `${name} is blocked` : `${name} may call again`, {
      description: wanted ? "Every call for them is refused from now on." : undefined,
      action: { label: "Undo", onClick: () => void block(!wanted) },
    });
    router.refresh();
  };
  const remove = async () => {
    const answer = await deleteEndUserAction({ organizationId, name }).catch(() => undefined);
    if (!answer?.ok) {
      toast.error(`${name} was not deleted`, {
        description: answer?.error.message ?? UNREACHABLE,
      });
      return false;
    }
    toast.success(`${name} is deleted`, { description: "Their requests stay in the logs." });
    if (onDeleted) onDeleted();
    else router.refresh();
    return true;
  };

  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon-sm" aria-label={`Actions for ${name}`}>
            <Ellipsis />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem onSelect={() => setAsked("edit")}>
            <Pencil />
            Edit…
          </MenuItem>
          <MenuItem onSelect={() => void block(!isBlocked)}>
            {isBlocked ? <CircleCheck /> : <Ban />}
            {isBlocked ? "Unblock" : "Block"}
          </MenuItem>
          <MenuSeparator />
          <MenuItem danger onSelect={() => setAsked("delete")}>
            <Trash2 />
            Delete…
          </MenuItem>
        </MenuContent>
      </Menu>
      <EndUserDialog
        open={asked === "edit"}
        onOpenChange={(open) => setAsked(open ? "edit" : null)}
        organizationId={organizationId}
        budgets={budgets}
        user={user}
      />
      <ConfirmDialog
        open={asked === "delete"}
        onOpenChange={(open) => setAsked(open ? "delete" : null)}
        title={`Delete ${name}?`}
        description="Their keys are disabled, and calls that name them are refused from this moment on. Their logs stay. Made anew under the same id, they begin with nothing spent."
        confirm="Delete end user"
        phrase={name}
        onConfirm={remove}
      />
    </>
  );
}
