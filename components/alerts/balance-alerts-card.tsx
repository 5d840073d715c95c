"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { setBalanceAlertsAction } from "@/components/alerts/actions";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { AffixInput } from "@/components/ui/input";
import { UNREACHABLE } from "@/components/ui/unreachable";

interface BalanceAlertsCardProps {
  organizationId: string;
  organizationName: string;
  /** Decimal strings of USD. */
  balances: string[];
  mayChange: boolean;
}

/** The balances of the organisation's credits at which those who pay are told. */
export function BalanceAlertsCard({ organizationId, organizationName, balances, mayChange }: BalanceAlertsCardProps) {
  const router = useRouter();
  const [text, setText] = useState(balances.join(", "));
  const [error, setError] = useState<string>();
  const [pending, setPending] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setPending(true);
    const amounts = text.split(/[,;\s]+/).filter((amount) => amount !== "");
    const answer = await setBalanceAlertsAction({ organizationId, balances: amounts }).catch(() => undefined);
    setPending(false);
    if (!answer?.ok) {
      setError(answer?.error.message ?? UNREACHABLE);
      return;
    }
    setError(undefined);
    toast.success("The balance alerts are set");
    router.refresh();
  };

  return (
    <Card id="alerts">
      <CardHeader
        title="Balance alerts"
        description={`Owners, admins and billing of ${organizationName} are told, here and by mail, when its credits fall to these amounts, and always when they are used up.`}
      />
      <CardBody>
        <form onSubmit={(event) => void submit(event)} noValidate className="flex max-w-lg items-start gap-2">
          <Field
            label="Amounts left"
            hint="Up to five, with commas between; empty for none."
            error={error}
            className="flex-1"
          >
            {(field) => (
              <AffixInput
                {...field}
                prefix="$"
                value={text}
                onChange={(event) => setText(event.target.value)}
                disabled={!mayChange}
                autoComplete="off"
                inputMode="decimal"
              />
            )}
          </Field>
          <Button
            type="submit"
            className="mt-[1.625rem] h-9"
            pending={pending}
            disabled={!mayChange || text === balances.join(", ")}
          >
            Save
          </Button>
        </form>
      </CardBody>
    </Card>
  );
}
