"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { signIn } from "next-auth/react";
import { useState } from "react";
import { toast } from "sonner";
import { changePasswordAction } from "@/components/identity/actions";
import { PasswordInput } from "@/components/identity/password-input";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { useServedForm } from "@/components/ui/use-served-form";
import { changePasswordSchema, PASSWORD_CHARACTERS_MIN } from "@/lib/identity/schemas";

const PROVIDER_NAMES: ReadonlyMap<string, string> = new Map([
  ["github", "GitHub"],
  ["google", "Google"],
]);

interface PasswordCardProps {
  email: string;
  hasPassword: boolean;
  /** Where else the person signs in from. */
  providers: string[];
}

/** Changing the password, or choosing a first one. */
export function PasswordCard({ email, hasPassword, providers }: PasswordCardProps) {
  const router = useRouter();
  const [failure, setFailure] = useState<string>();
  const { register, handleSubmit, reset, setError, formState } = useServedForm({
    resolver: zodResolver(changePasswordSchema),
    defaultValues: { currentPassword: "", password: "" },
  });
  const elsewhere = providers.map((provider) => PROVIDER_NAMES.get(provider) ?? provider).join(" and ");

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    const answer = await changePasswordAction(values).catch(() => undefined);
    if (!answer?.ok) {
      const { currentPassword, password } = answer?.error.fields ?? {};
      if (currentPassword) setError("currentPassword", { message: currentPassword }, { shouldFocus: true });
      if (password) setError("password", { message: password }, { shouldFocus: true });
      if (!currentPassword && !password) setFailure(answer?.error.message ?? UNREACHABLE);
      return;
    }
    const { password } = values;
    const session = await signIn("credentials", { email, password, redirect: false }).catch(() => undefined);
    if (!session?.ok) {
      router.replace("/sign-in");
      return;
    }
    reset();
    toast.success("Your password is changed");
    router.refresh();
  });

  return (
    <Card>
      <CardHeader
        title="Password"
        description={[
          hasPassword ? "Changing it signs you out on every other device." : "You have none yet.",
          elsewhere ? `You can also sign in with ${elsewhere}.` : "",
        ].join(" ")}
      />
      <CardBody>
        <form method="post" onSubmit={submit} noValidate className="flex max-w-lg flex-col gap-4">
          {failure ? (
            <Notice tone="error" live>
              {failure}
            </Notice>
          ) : null}
          {hasPassword ? (
            <Field label="Current password" error={formState.errors.currentPassword?.message}>
              {(field) => <PasswordInput {...field} {...register("currentPassword")} autoComplete="current-password" />}
            </Field>
          ) : null}
          <Field
            label="New password"
            hint={formState.errors.password ? undefined : `At least ${PASSWORD_CHARACTERS_MIN} characters.`}
            error={formState.errors.password?.message}
          >
            {(field) => <PasswordInput {...field} {...register("password")} autoComplete="new-password" />}
          </Field>
          <Button type="submit" className="self-start" pending={formState.isSubmitting}>
            {hasPassword ? "Change password" : "Set password"}
          </Button>
        </form>
      </CardBody>
    </Card>
  );
}
