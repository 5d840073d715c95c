"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { requestEmailAction } from "@/components/identity/actions";
import { PasswordInput } from "@/components/identity/password-input";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { useServedForm } from "@/components/ui/use-served-form";
import { requestEmailSchema } from "@/lib/identity/schemas";

interface EmailCardProps {
  email: string;
  isVerified: boolean;
  hasPassword: boolean;
  sendsMail: boolean;
}

/** The address that the person signs in with: to change it, or to prove that it is theirs. */
export function EmailCard({ email, isVerified, hasPassword, sendsMail }: EmailCardProps) {
  const [failure, setFailure] = useState<string>();
  const [asked, setAsked] = useState<string>();
  const { register, handleSubmit, setError, resetField, formState } = useServedForm({
    resolver: zodResolver(requestEmailSchema),
    defaultValues: { email: isVerified ? "" : email, currentPassword: "" },
  });

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    setAsked(undefined);
    const answer = await requestEmailAction(values).catch(() => undefined);
    if (answer?.ok) {
      setAsked(values.email);
      resetField("currentPassword");
      return;
    }
    const { email: address, currentPassword } = answer?.error.fields ?? {};
    if (address) setError("email", { message: address }, { shouldFocus: true });
    if (currentPassword) setError("currentPassword", { message: currentPassword }, { shouldFocus: true });
    if (!address && !currentPassword) setFailure(answer?.error.message ?? UNREACHABLE);
  });

  return (
    <Card>
      <CardHeader
        title="E-mail"
        description={
          <>
            <span className="break-all">{email}</span>{" "}
            {isVerified ? <Badge tone="good">Confirmed</Badge> : <Badge tone="held">Not confirmed</Badge>}
          </>
        }
      />
      <CardBody>
        <form method="post" onSubmit={submit} noValidate className="flex max-w-lg flex-col gap-4">
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
              A mail with a link is on its way to {asked}. Follow it within a day, signed in here.
            </Notice>
          ) : null}
          <Field
            label={isVerified ? "New e-mail address" : "E-mail address to confirm"}
            hint="It becomes yours once you follow the link that is mailed to it; the address before it is told."
            error={formState.errors.email?.message}
          >
            {(field) => <Input {...field} {...register("email")} type="email" autoComplete="email" />}
          </Field>
          {hasPassword ? (
            <Field label="Your password" error={formState.errors.currentPassword?.message}>
              {(field) => <PasswordInput {...field} {...register("currentPassword")} autoComplete="current-password" />}
            </Field>
          ) : null}
          <Button type="submit" className="self-start" pending={formState.isSubmitting}>
            Send link
          </Button>
        </form>
      </CardBody>
    </Card>
  );
}
