"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { signIn } from "next-auth/react";
import { useState } from "react";
import { signUpAction } from "@/components/identity/actions";
import { PasswordInput } from "@/components/identity/password-input";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { useServedForm } from "@/components/ui/use-served-form";
import { PASSWORD_CHARACTERS_MIN, signUpSchema } from "@/lib/identity/schemas";

/** Making an account with e-mail and password, and signing in with it at once. */
export function SignUpForm() {
  const router = useRouter();
  const [failure, setFailure] = useState<string>();
  const { register, handleSubmit, setError, formState } = useServedForm({
    resolver: zodResolver(signUpSchema),
    defaultValues: { name: "", email: "", password: "" },
  });

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    const answer = await signUpAction(values).catch(() => undefined);
    if (!answer) {
      setFailure(UNREACHABLE);
      return;
    }
    if (!answer.ok) {
      const { email, password, name } = answer.error.fields ?? {};
      if (email) setError("email", { message: email }, { shouldFocus: true });
      if (password) setError("password", { message: password });
      if (name) setError("name", { message: name });
      if (!email && !password && !name) setFailure(answer.error.message);
      return;
    }
    const { email, password } = values;
    const session = await signIn("credentials", { email, password, redirect: false }).catch(() => undefined);
    router.replace(session?.ok ? "/dashboard" : "/sign-in");
    router.refresh();
  });
  const done = formState.isSubmitSuccessful && failure === undefined && Object.keys(formState.errors).length === 0;

  return (
    <form method="post" onSubmit={submit} noValidate className="flex flex-col gap-4">
      {failure ? (
        <Notice tone="error" live>
          {failure}
        </Notice>
      ) : null}
      <Field label="Name" note="optional" error={formState.errors.name?.message}>
        {(control) => <Input {...control} {...register("name")} autoComplete="name" className="h-10" />}
      </Field>
      <Field label="E-mail" error={formState.errors.email?.message}>
        {(control) => (
          <Input {...control} {...register("email")} type="email" autoComplete="username" className="h-10" />
        )}
      </Field>
      <Field
        label="Password"
        hint={formState.errors.password ? undefined : `At least ${PASSWORD_CHARACTERS_MIN} characters.`}
        error={formState.errors.password?.message}
      >
        {(control) => <PasswordInput {...control} {...register("password")} autoComplete="new-password" />}
      </Field>
      <Button type="submit" variant="primary" size="lg" pending={formState.isSubmitting || done} className="mt-1">
        Create account
      </Button>
    </form>
  );
}
