"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useWatch } from "react-hook-form";
import type { z } from "zod";
import { createTopUpAction } from "@/components/billing/actions";
import { Button } from "@/components/ui/button";
import { Fact, Facts } from "@/components/ui/facts";
import { Field } from "@/components/ui/field";
import { AffixInput } from "@/components/ui/input";
import { Money } from "@/components/ui/money-text";
import { Notice } from "@/components/ui/notice";
import { useServedForm } from "@/components/ui/use-served-form";
import { topUpFee } from "@/lib/billing/amounts";
import { createTopUpSchema, topUpAmountSchema } from "@/lib/billing/schemas";
import { formatUsd } from "@/lib/core/money";

type Form = z.input<typeof createTopUpSchema>;

const PRESETS = ["10", "25", "50", "100", "500"] as const;

interface TopUpFormProps {
  projectId: string;
  /** Basis points on top. */
  feeBps: number;
}

/** How much to buy, what it costs with the fee, and the way to pay. */
export function TopUpForm({ projectId, feeBps }: TopUpFormProps) {
  const [failure, setFailure] = useState<string>();
  const [leaving, setLeaving] = useState(false);
  const { control, register, handleSubmit, setError, setValue, formState } = useServedForm({
    resolver: zodResolver(createTopUpSchema, undefined, { raw: true }),
    defaultValues: { projectId, amount: "25" } satisfies Form as Form,
  });
  const typed = useWatch({ control, name: "amount" });
  const amount = topUpAmountSchema.safeParse(typed).data;
  const fee = amount === undefined ? undefined : topUpFee(amount, feeBps);

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    const answer = await createTopUpAction(values).catch(() => undefined);
    if (answer?.ok) {
      setLeaving(true);
      window.location.assign(answer.data.url);
      return;
    }
    const onAmount = answer?.error.fields?.amount;
    if (onAmount) setError("amount", { message: onAmount });
    else setFailure(answer?.error.message ?? "The server could not be reached. Nothing was charged.");
  });

  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      {failure ? (
        <Notice tone="error" live>
          {failure}
        </Notice>
      ) : null}
      <Field label="Amount" error={formState.errors.amount?.message} hint="From $5 to $5,000.">
        {(field) => (
          <AffixInput
            {...field}
            {...register("amount")}
            prefix="$"
            suffix="USD"
            inputMode="decimal"
            autoComplete="off"
          />
        )}
      </Field>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a box and ask for a legend */}
      <div role="group" aria-label="Usual amounts" className="flex flex-wrap gap-2">
        {PRESETS.map((preset) => (
          <Button
            key={preset}
            size="sm"
            aria-pressed={typed === preset}
            className="aria-pressed:border-accent aria-pressed:text-accent-text"
            onClick={() => setValue("amount", preset, { shouldValidate: true })}
          >
            ${preset}
          </Button>
        ))}
      </div>
      <Facts className="border-line border-y">
        <Fact name="Credits">{amount === undefined ? "–" : <Money amount={formatUsd(amount)} />}</Fact>
        <Fact name={`Fee (${feeBps / 100} %)`}>{fee === undefined ? "–" : <Money amount={formatUsd(fee)} />}</Fact>
        <Fact name="To pay">
          <span className="font-medium" data-testid="total">
            {amount === undefined || fee === undefined ? "–" : <Money amount={formatUsd(amount + fee)} />}
          </span>
        </Fact>
      </Facts>
      <Button type="submit" variant="primary" size="lg" pending={formState.isSubmitting || leaving}>
        Continue to payment
      </Button>
    </form>
  );
}
