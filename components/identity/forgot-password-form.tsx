"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { requestResetAction } from "@/components/identity/actions";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { useServedForm } from "@/components/ui/use-served-form";
import { requestResetSchema } from "@/lib/identity/schemas";

/** Asks for the mail with the link; what it says afterwards does not depend on whether anybody has the address. */
export function ForgotPasswordForm({ sendsMail }: { sendsMail: boolean }) {
  const [failure, setFailure] = useState<string>();
  const [asked, setAsked] = useState<string>();
  const { register, handleSubmit, formState } = useServedForm({
    resolver: zodResolver(requestResetSchema),
    defaultValues: { email: "" },
  });

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    setAsked(undefined);
    const answer = await requestResetAction(values).catch(() => undefined);
    if (!answer?.ok) setFailure(answer?.error.message ?? UNREACHABLE);
    else setAsked(values.email);
  });

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      {sendsMail ? null : (
        <Notice tone="warning">
          This installation has no mail server. Whoever runs it finds the mail with the link in its database.
        </Notice>
      )}
      {failure ? (
        <Notice tone="error" live>
          {failure}
        </Notice>
      ) : null}
      {asked ? (
        <Notice tone="success" live>
          If {asked} has an account, a mail with a link is on its way. The link works once, within an hour.
        </Notice>
      ) : null}
      <Field label="E-mail" error={formState.errors.email?.message}>
        {(control) => (
          <Input {...control} {...register("email")} type="email" autoComplete="username" className="h-10" />
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" pending={formState.isSubmitting} className="mt-1">
        Send link
      </Button>
    </form>
  );
}
