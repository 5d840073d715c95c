"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { toast } from "sonner";
import { z } from "zod";
import { setSpendLimitsAction } from "@/components/billing/actions";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { AffixInput } from "@/components/ui/input";
import { formatMoney } from "@/components/ui/money";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { useServedForm } from "@/components/ui/use-served-form";
import { usageLimitSchema } from "@/lib/keys/schemas";
import type { LimitedPeriod, SpenderView, SpendLimitView } from "@/lib/meters/spend-limits";

const PERIODS: readonly { period: LimitedPeriod; label: string }[] = [
  { period: "daily", label: "Per day" },
  { period: "monthly", label: "Per month" },
];

const formSchema = z.object({ daily: usageLimitSchema, monthly: usageLimitSchema });

interface SpendLimitsCardProps {
  organizationId: string;
  /** The organisation first, then its members. */
  spenders: readonly SpenderView[];
  mayChange: boolean;
}

/** What the organisation as a whole, and the keys of each member together, may spend in a day and in a month. */
export function SpendLimitsCard({ organizationId, spenders, mayChange }: SpendLimitsCardProps) {
  return (
    <Card id="limits">
      <CardHeader
        title="Spend limits"
        description="At list price, whoever pays, by days and months of UTC. A call that does not fit is refused with 403 budget_exceeded. Leave a field empty for no limit."
      />
      <CardBody>
        <ul className="divide-y divide-line">
          {spenders.map((spender) => (
            <li key={spender.memberId ?? "organization"} className="py-4 first:pt-1 last:pb-0">
              <SpenderForm organizationId={organizationId} spender={spender} mayChange={mayChange} />
            </li>
          ))}
        </ul>
      </CardBody>
    </Card>
  );
}

function usedWords({ limit, used, held }: SpendLimitView): string | undefined {
  if (limit === null) return undefined;
  return `${formatMoney(used)} used, ${formatMoney(held)} held`;
}

function SpenderForm({
  organizationId,
  spender,
  mayChange,
}: Omit<SpendLimitsCardProps, "spenders"> & { spender: SpenderView }) {
  const router = useRouter();
  const { memberId, name, limits } = spender;
  const { register, handleSubmit, reset, setError, getValues, formState } = useServedForm({
    resolver: zodResolver(formSchema, undefined, { raw: true }),
    defaultValues: { daily: limits.daily.limit ?? "", monthly: limits.monthly.limit ?? "" },
  });

  const submit = handleSubmit(async ({ daily, monthly }) => {
    const answer = await setSpendLimitsAction({ organizationId, memberId, daily, monthly }).catch(() => undefined);
    if (!answer?.ok) {
      setError("root", { message: answer?.error.message ?? UNREACHABLE });
      return;
    }
    reset(getValues());
    toast.success(`The spend limits of ${name} are set`);
    router.refresh();
  });

  return (
    <form onSubmit={submit} noValidate aria-label={`Spend limits of ${name}`}>
      <p className="mb-2 min-w-0 truncate font-medium text-ui">
        {name}
        <span className="ml-2 font-normal text-faint">
          {memberId === null ? "all keys of all projects" : "the keys that this member made"}
        </span>
      </p>
      <div className="flex flex-wrap items-start gap-2">
        {PERIODS.map(({ period, label }) => (
          <Field
            key={period}
            label={label}
            hint={usedWords(limits[period])}
            error={formState.errors[period]?.message}
            className="min-w-32 flex-1"
          >
            {(field) => (
              <AffixInput
                {...field}
                {...register(period)}
                prefix="$"
                placeholder="no limit"
                disabled={!mayChange}
                autoComplete="off"
                inputMode="decimal"
              />
            )}
          </Field>
        ))}
        <Button
          type="submit"
          className="mt-[1.625rem] h-9"
          pending={formState.isSubmitting}
          disabled={!mayChange || !formState.isDirty}
        >
          Save
        </Button>
      </div>
      {formState.errors.root ? (
        <p role="alert" className="mt-2 text-danger-text text-ui">
          {formState.errors.root.message}
        </p>
      ) : null}
    </form>
  );
}
