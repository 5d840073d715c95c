"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { signIn } from "next-auth/react";
import { useState } from "react";
import { resetPasswordAction } from "@/components/identity/actions";
import { PasswordInput } from "@/components/identity/password-input";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { useServedForm } from "@/components/ui/use-served-form";
import { PASSWORD_CHARACTERS_MIN, resetPasswordSchema } from "@/lib/identity/schemas";

/** Setting a new password by a mailed link, and signing in with it at once. */
export function ResetPasswordForm({ token }: { token: string }) {
  const router = useRouter();
  const [failure, setFailure] = useState<string>();
  const [done, setDone] = useState(false);
  const { register, handleSubmit, setError, formState } = useServedForm({
    resolver: zodResolver(resetPasswordSchema),
    defaultValues: { token, password: "" },
  });

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    const answer = await resetPasswordAction(values).catch(() => undefined);
    if (!answer?.ok) {
      const message = answer?.error.fields?.password;
      if (message) setError("password", { message }, { shouldFocus: true });
      else setFailure(answer?.error.message ?? UNREACHABLE);
      return;
    }
    setDone(true);
    const { email } = answer.data;
    const { password } = values;
    const session = await signIn("credentials", { email, password, redirect: false }).catch(() => undefined);
    router.replace(session?.ok ? "/dashboard" : "/sign-in");
    router.refresh();
  });

  return (
    <form method="post" onSubmit={submit} noValidate className="flex flex-col gap-4">
      {failure ? (
        <Notice tone="error" live>
          {failure}
        </Notice>
      ) : null}
      <Field
        label="New password"
        hint={formState.errors.password ? undefined : `At least ${PASSWORD_CHARACTERS_MIN} characters.`}
        error={formState.errors.password?.message}
      >
        {(control) => <PasswordInput {...control} {...register("password")} autoComplete="new-password" />}
      </Field>
      <Button type="submit" variant="primary" size="lg" pending={formState.isSubmitting || done} className="mt-1">
        Set password
      </Button>
    </form>
  );
}
