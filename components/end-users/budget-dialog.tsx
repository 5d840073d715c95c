"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Controller, useForm, useWatch } from "react-hook-form";
import { toast } from "sonner";
import { createBudgetAction, updateBudgetAction } from "@/components/end-users/actions";
import { DURATION_UNITS, inUnits, PERIOD_OPTIONS, timedBy } from "@/components/end-users/budget-words";
import { Dialog } from "@/components/ui/dialog";
import { DialogForm } from "@/components/ui/dialog-form";
import { Field } from "@/components/ui/field";
import { AffixInput, Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { BudgetView } from "@/lib/end-users/budget-view";
import { createBudgetSchema } from "@/lib/end-users/schemas";

const A_DAY_SECONDS = 86_400;

interface BudgetDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  organizationId: string;
  /** The one to change; null: a new one. */
  budget: BudgetView | null;
}

/** Makes a budget, or changes one for all who are assigned to it. */
export function BudgetDialog({ open, onOpenChange, budget, ...rest }: BudgetDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={budget ? "Edit budget" : "Create budget"}
      description="A template: each end user assigned to it has it for themselves."
    >
      <BudgetForm {...rest} budget={budget} onClose={() => onOpenChange(false)} />
    </Dialog>
  );
}

interface BudgetFormProps extends Pick<BudgetDialogProps, "organizationId" | "budget"> {
  onClose: () => void;
}

function BudgetForm({ organizationId, budget, onClose }: BudgetFormProps) {
  const router = useRouter();
  const [failure, setFailure] = useState<string>();
  const { control, register, handleSubmit, formState } = useForm({
    resolver: zodResolver(createBudgetSchema, undefined, { raw: true }),
    defaultValues: {
      organizationId,
      maxBudget: budget?.maxBudget ?? null,
      ...(budget ? timedBy(budget.reset) : { period: "monthly" as const, durationSeconds: null }),
    },
  });
  const { errors } = formState;
  const period = useWatch({ control, name: "period" });

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    const save = budget ? updateBudgetAction({ ...values, budgetId: budget.id }) : createBudgetAction(values);
    const answer = await save.catch(() => undefined);
    if (!answer?.ok) {
      setFailure(answer?.error.message ?? UNREACHABLE);
      return;
    }
    toast.success(budget ? "The budget is changed" : "The budget is created", {
      description: budget ? "It holds for every call admitted from now on." : "Assign it to end users.",
    });
    router.refresh();
    onClose();
  });

  return (
    <DialogForm
      onSubmit={submit}
      failure={failure}
      submitLabel={budget ? "Save changes" : "Create budget"}
      pending={formState.isSubmitting}
      onClose={onClose}
    >
      <Field
        label="Amount"
        note="optional"
        error={errors.maxBudget?.message}
        hint="What each of them may spend, at list price. Empty: counted, not limited."
      >
        {(field) => (
          <AffixInput
            {...field}
            {...register("maxBudget")}
            prefix="$"
            suffix="USD"
            inputMode="decimal"
            placeholder="Not limited"
            autoComplete="off"
          />
        )}
      </Field>
      <Field label="Starts again" {...(budget ? { hint: "Another reset begins with nothing spent." } : {})}>
        {(field) => (
          <Controller
            control={control}
            name="period"
            render={({ field: chosen }) => (
              <Select {...field} value={chosen.value} onChange={chosen.onChange} options={PERIOD_OPTIONS} />
            )}
          />
        )}
      </Field>
      {period === "interval" ? (
        <Field label="Every" error={errors.durationSeconds?.message} hint="Counted from when it is assigned.">
          {(field) => (
            <Controller
              control={control}
              name="durationSeconds"
              render={({ field: duration }) => (
                <DurationInput control={field} seconds={duration.value} onChange={duration.onChange} />
              )}
            />
          )}
        </Field>
      ) : null}
    </DialogForm>
  );
}

interface DurationInputProps {
  control: Partial<Parameters<typeof Input>[0]>;
  seconds: number | null;
  onChange: (seconds: number | null) => void;
}

/** A whole number of a unit. */
function DurationInput({ control, seconds, onChange }: DurationInputProps) {
  const first = inUnits(seconds ?? A_DAY_SECONDS);
  const [count, setCount] = useState(seconds === null ? "" : String(first.count));
  const [unit, setUnit] = useState<string>(first.unit.value);
  const tell = (typed: string, of: string) =>
    onChange(/^\d{1,9}$/.test(typed.trim()) ? Number(typed.trim()) * Number(of) : null);
  return (
    <div className="flex gap-2">
      <Input
        {...control}
        value={count}
        onChange={(event) => {
          setCount(event.target.value);
          tell(event.target.value, unit);
        }}
        inputMode="numeric"
        placeholder="30"
        autoComplete="off"
        className="tabular"
      />
      <Select
        aria-label="Unit"
        value={unit}
        onChange={(of) => {
          setUnit(of);
          tell(count, of);
        }}
        options={DURATION_UNITS}
        className="w-36 shrink-0"
      />
    </div>
  );
}
