"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { signIn } from "next-auth/react";
import { useState } from "react";
import { PasswordInput } from "@/components/identity/password-input";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { useServedForm } from "@/components/ui/use-served-form";
import { signInSchema } from "@/lib/identity/schemas";

interface SignInFormProps {
  returnTo: string;
  /** What went wrong before, for example at a provider. */
  problem?: string | undefined;
}

/** NextAuth answers with a name of its own for wrong words, and with a ready sentence for the rest. */
function explain(error: string | null): string {
  if (error === "CredentialsSignin") return "That e-mail address and password do not go together.";
  return error?.includes(" ") ? error : "Signing in did not work just now. Please try again in a moment.";
}

/** Signing in with e-mail and password. */
export function SignInForm({ returnTo, problem }: SignInFormProps) {
  const router = useRouter();
  const [failure, setFailure] = useState(problem);
  const { register, handleSubmit, setFocus, formState } = useServedForm({
    resolver: zodResolver(signInSchema),
    defaultValues: { email: "", password: "" },
  });

  const submit = handleSubmit(async ({ email, password }) => {
    setFailure(undefined);
    const answer = await signIn("credentials", { email, password, redirect: false }).catch(() => undefined);
    if (answer && !answer.error) {
      router.replace(returnTo);
      router.refresh();
      return;
    }
    setFailure(explain(answer?.error ?? null));
    setFocus("password", { shouldSelect: true });
  });
  const pending = formState.isSubmitting || (formState.isSubmitSuccessful && failure === undefined);

  return (
    <form method="post" onSubmit={submit} noValidate className="flex flex-col gap-4">
      {failure ? (
        <Notice tone="error" live>
          {failure}
        </Notice>
      ) : null}
      <Field label="E-mail" error={formState.errors.email?.message}>
        {(control) => (
          <Input {...control} {...register("email")} type="email" autoComplete="username" className="h-10" />
        )}
      </Field>
      <Field label="Password" error={formState.errors.password?.message}>
        {(control) => <PasswordInput {...control} {...register("password")} autoComplete="current-password" />}
      </Field>
      <Link
        href="/forgot-password"
        className="-mt-2 self-end rounded text-accent-text text-ui underline-offset-4 hover:underline"
      >
        Forgot your password?
      </Link>
      <Button type="submit" variant="primary" size="lg" pending={pending} className="mt-1">
        Sign in
      </Button>
    </form>
  );
}
