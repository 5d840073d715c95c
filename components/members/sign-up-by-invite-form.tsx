"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { signIn } from "next-auth/react";
import { useState } from "react";
import { PasswordInput } from "@/components/identity/password-input";
import { signUpByInviteAction } from "@/components/members/actions";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { useServedForm } from "@/components/ui/use-served-form";
import { PASSWORD_CHARACTERS_MIN } from "@/lib/identity/schemas";
import { signUpByInviteSchema } from "@/lib/members/schemas";

/** Making an account by an invitation, and signing in with it at once. */
export function SignUpByInviteForm({ token, email }: { token: string; email: string }) {
  const router = useRouter();
  const [failure, setFailure] = useState<string>();
  const [done, setDone] = useState(false);
  const { register, handleSubmit, setError, formState } = useServedForm({
    resolver: zodResolver(signUpByInviteSchema),
    defaultValues: { token, name: "", password: "" },
  });

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    const answer = await signUpByInviteAction(values).catch(() => undefined);
    if (!answer?.ok) {
      const { password, name } = answer?.error.fields ?? {};
      if (password) setError("password", { message: password }, { shouldFocus: true });
      if (name) setError("name", { message: name });
      if (!password && !name) setFailure(answer?.error.message ?? UNREACHABLE);
      return;
    }
    setDone(true);
    const { password } = values;
    const session = await signIn("credentials", { email, password, redirect: false }).catch(() => undefined);
    const { projectId } = answer.data;
    router.replace(session?.ok ? (projectId ? projectPath(projectId) : "/dashboard") : "/sign-in");
    router.refresh();
  });

  return (
    <form method="post" onSubmit={submit} noValidate className="flex flex-col gap-4">
      {failure ? (
        <Notice tone="error" live>
          {failure}
        </Notice>
      ) : null}
      <Field label="E-mail" hint="The invitation is for this address.">
        {(control) => <Input {...control} value={email} readOnly autoComplete="username" className="h-10" />}
      </Field>
      <Field label="Name" note="optional" error={formState.errors.name?.message}>
        {(control) => <Input {...control} {...register("name")} autoComplete="name" className="h-10" />}
      </Field>
      <Field
        label="Password"
        hint={formState.errors.password ? undefined : `At least ${PASSWORD_CHARACTERS_MIN} characters.`}
        error={formState.errors.password?.message}
      >
        {(control) => <PasswordInput {...control} {...register("password")} autoComplete="new-password" />}
      </Field>
      <Button type="submit" variant="primary" size="lg" pending={formState.isSubmitting || done} className="mt-1">
        Create account and join
      </Button>
    </form>
  );
}
