"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { toast } from "sonner";
import { createEndUserAction, updateEndUserAction } from "@/components/end-users/actions";
import { budgetWords } from "@/components/end-users/budget-words";
import { Dialog } from "@/components/ui/dialog";
import { DialogForm } from "@/components/ui/dialog-form";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { BudgetView } from "@/lib/end-users/budget-view";
import type { EndUserView } from "@/lib/end-users/end-user-view";
import { createEndUserSchema } from "@/lib/end-users/schemas";

/** Radix's select takes no empty value. */
const NONE = "none";

interface EndUserDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  organizationId: string;
  budgets: readonly BudgetView[];
  /** The one to change; null: a new one. */
  user: EndUserView | null;
}

/** Makes an end user, or gives one another alias or budget. */
export function EndUserDialog({ open, onOpenChange, user, ...rest }: EndUserDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={user ? "Edit end user" : "Create end user"}
      description={
        user ? (
          <span className="font-mono text-xs">{user.name}</span>
        ) : (
          "One of your customers, whose calls are counted and limited by themselves."
        )
      }
    >
      <EndUserForm {...rest} user={user} onClose={() => onOpenChange(false)} />
    </Dialog>
  );
}

interface EndUserFormProps extends Pick<EndUserDialogProps, "organizationId" | "budgets" | "user"> {
  onClose: () => void;
}

function EndUserForm({ organizationId, budgets, user, onClose }: EndUserFormProps) {
  const router = useRouter();
  const [failure, setFailure] = useState<string>();
  const { control, register, handleSubmit, setError, formState } = useForm({
    resolver: zodResolver(createEndUserSchema, undefined, { raw: true }),
    defaultValues: {
      organizationId,
      name: user?.name ?? "",
      alias: user?.alias ?? "",
      budgetId: user?.budgetId ?? null,
    },
  });
  const { errors } = formState;

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    const save = user ? updateEndUserAction({ ...values, name: user.name }) : createEndUserAction(values);
    const answer = await save.catch(() => undefined);
    if (!answer?.ok) {
      if (answer?.error.code === "conflict") setError("name", { message: answer.error.message });
      else setFailure(answer?.error.message ?? UNREACHABLE);
      return;
    }
    toast.success(user ? "The end user is changed" : "The end user is created");
    router.refresh();
    onClose();
  });

  return (
    <DialogForm
      onSubmit={submit}
      failure={failure}
      submitLabel={user ? "Save changes" : "Create end user"}
      pending={formState.isSubmitting}
      disabled={user !== null && !formState.isDirty}
      onClose={onClose}
    >
      {user ? null : (
        <Field label="User id" error={errors.name?.message} hint="As your own system names them.">
          {(field) => (
            <Input
              {...field}
              {...register("name")}
              placeholder="user-123"
              autoComplete="off"
              className="font-mono text-ui"
            />
          )}
        </Field>
      )}
      <Field label="Alias" note="optional" error={errors.alias?.message}>
        {(field) => <Input {...field} {...register("alias")} placeholder="Alice" autoComplete="off" />}
      </Field>
      <Field
        label="Budget"
        error={errors.budgetId?.message}
        hint={
          budgets.length === 0
            ? "There are no budgets yet; without one the user is counted, not limited."
            : "A budget that is assigned anew begins with nothing spent."
        }
      >
        {(field) => (
          <Controller
            control={control}
            name="budgetId"
            render={({ field: chosen }) => (
              <Select
                {...field}
                value={chosen.value ?? NONE}
                onChange={(budgetId) => chosen.onChange(budgetId === NONE ? null : budgetId)}
                options={[
                  { value: NONE, label: "None", hint: "Counted, not limited" },
                  ...budgets.map((budget) => ({ value: budget.id, label: budgetWords(budget), hint: budget.id })),
                ]}
              />
            )}
          />
        )}
      </Field>
    </DialogForm>
  );
}
