"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect, useState, useTransition } from "react";
import { Controller } from "react-hook-form";
import { toast } from "sonner";
import type { z } from "zod";
import { addCardAction, setAutoTopUpAction, turnOffAutoTopUpAction } from "@/components/billing/auto-top-up-actions";
import { AutoTopUpBadge } from "@/components/billing/auto-top-up-badge";
import { useAutoTopUp, useSavedCards } from "@/components/billing/use-auto-top-up";
import { useLeave } from "@/components/billing/use-leave";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { AffixInput } from "@/components/ui/input";
import { formatMoney } from "@/components/ui/money";
import { Notice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { useServedForm } from "@/components/ui/use-served-form";
import { setAutoTopUpSchema } from "@/lib/billing/auto-top-up-schemas";
import type { AutoTopUpView } from "@/lib/billing/auto-top-up-view";

type Form = z.input<typeof setAutoTopUpSchema>;

interface AutoTopUpCardProps {
  projectId: string;
  initial: AutoTopUpView;
  /** Basis points on top of each top-up. */
  feeBps: number;
}

const AMOUNTS = [
  { name: "threshold", label: "When the balance falls below", hint: null },
  { name: "amount", label: "Add credits of", hint: "fee" },
  { name: "monthlyCeiling", label: "Charge at most per month", hint: "ceiling" },
] as const;

/** Turns automatic top-ups on and off: below which balance, how much, up to what in a month, and by which card. */
export function AutoTopUpCard({ projectId, initial, feeBps }: AutoTopUpCardProps) {
  const { autoTopUp, refresh } = useAutoTopUp(projectId, initial);
  const { data: cards, isError } = useSavedCards(projectId);
  const [failure, setFailure] = useState<string>();
  const { pending: isLeaving, leave } = useLeave("A card could not be added");
  const { control, register, handleSubmit, setError, setValue, getValues, formState } = useServedForm({
    resolver: zodResolver(setAutoTopUpSchema, undefined, { raw: true }),
    defaultValues: {
      projectId,
      threshold: plain(initial.threshold ?? "10"),
      amount: plain(initial.amount ?? "25"),
      monthlyCeiling: plain(initial.monthlyCeiling ?? "200"),
      paymentMethod: initial.paymentMethod ?? "",
    } satisfies Form as Form,
  });

  // A card that is not kept any more cannot be chosen; the newest is the likeliest.
  useEffect(() => {
    const chosen = getValues("paymentMethod");
    if (cards && !cards.some(({ id }) => id === chosen)) setValue("paymentMethod", cards[0]?.id ?? "");
  }, [cards, getValues, setValue]);

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    const answer = await setAutoTopUpAction(values).catch(() => undefined);
    if (answer?.ok) {
      toast.success(isOn ? "Automatic top-up is changed" : "Automatic top-up is on");
      await refresh();
      return;
    }
    const fields = Object.entries(answer?.error.fields ?? {});
    for (const [field, message] of fields) if (isFieldName(field)) setError(field, { message });
    if (!fields.some(([field]) => isFieldName(field)))
      setFailure(answer?.error.message ?? "The server could not be reached. Nothing was changed.");
  });

  const isOn = autoTopUp.state !== "off";
  const hints = {
    fee: `A fee of ${feeBps / 100} % comes on top.`,
    ceiling: `Fees included, by calendar month (UTC). ${formatMoney(autoTopUp.chargedThisMonth)} charged so far this month.`,
  };
  return (
    <Card>
      <CardHeader
        title="Automatic top-up"
        description="Buys credits with a saved card when they run low."
        actions={<AutoTopUpBadge state={autoTopUp.state} />}
      />
      <CardBody>
        <form onSubmit={submit} noValidate className="grid gap-4">
          {failure ? (
            <Notice tone="error" live>
              {failure}
            </Notice>
          ) : null}
          {AMOUNTS.map(({ name, label, hint }) => (
            <Field
              key={name}
              label={label}
              error={formState.errors[name]?.message}
              hint={hint === null ? undefined : hints[hint]}
            >
              {(field) => (
                <AffixInput
                  {...field}
                  {...register(name)}
                  prefix="$"
                  suffix="USD"
                  inputMode="decimal"
                  autoComplete="off"
                />
              )}
            </Field>
          ))}
          <Field label="Card" error={formState.errors.paymentMethod?.message} hint={cardHint(cards?.length, isError)}>
            {(field) => (
              <Controller
                control={control}
                name="paymentMethod"
                render={({ field: { value, onChange } }) => (
                  <Select
                    {...field}
                    value={value}
                    onChange={onChange}
                    disabled={!cards || cards.length === 0}
                    placeholder={cards?.length === 0 ? "No card saved" : ""}
                    options={(cards ?? []).map(({ id, label }) => ({ value: id, label }))}
                  />
                )}
              />
            )}
          </Field>
          <div className="flex flex-wrap gap-2">
            <Button type="submit" variant="primary" pending={formState.isSubmitting}>
              {isOn && autoTopUp.state !== "stopped" ? "Save" : "Turn on"}
            </Button>
            {isOn ? <TurnOffButton projectId={projectId} onDone={refresh} /> : null}
            <Button pending={isLeaving} onClick={() => leave(() => addCardAction({ projectId }))}>
              Add a card
            </Button>
          </div>
        </form>
      </CardBody>
    </Card>
  );
}

function TurnOffButton({ projectId, onDone }: { projectId: string; onDone: () => Promise<void> }) {
  const [pending, start] = useTransition();
  const turnOff = () =>
    start(async () => {
      const answer = await turnOffAutoTopUpAction({ projectId }).catch(() => undefined);
      if (answer?.ok) toast.success("Automatic top-up is off");
      else
        toast.error("Automatic top-up could not be turned off", {
          description: answer?.error.message ?? UNREACHABLE,
        });
      await onDone();
    });
  return (
    <Button onClick={turnOff} pending={pending}>
      Turn off
    </Button>
  );
}

function cardHint(count: number | undefined, isError: boolean): string | undefined {
  if (isError) return "The saved cards could not be loaded from the payment service. Please try again later.";
  if (count === undefined) return "Looking for cards …";
  return count === 0 ? "No card is saved yet. Add one first; that charges nothing." : undefined;
}

/** An amount as people type it: "25.00" → "25". */
function plain(amount: string): string {
  return amount.replace(/\.00$/, "");
}

function isFieldName(name: string): name is "threshold" | "amount" | "monthlyCeiling" | "paymentMethod" {
  return name === "paymentMethod" || AMOUNTS.some((amount) => amount.name === name);
}
