"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { addOrganizationAction } from "@/components/identity/actions";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { useServedForm } from "@/components/ui/use-served-form";
import { addOrganizationSchema } from "@/lib/identity/schemas";

interface CreateOrganizationFormProps {
  onDone?: () => void;
  /** Lays out the field and the button. */
  children: (field: ReactNode, submit: ReactNode) => ReactNode;
}

/** Names a new organisation and goes to its first project. */
export function CreateOrganizationForm({ onDone, children }: CreateOrganizationFormProps) {
  const router = useRouter();
  const { register, handleSubmit, setError, formState } = useServedForm({
    resolver: zodResolver(addOrganizationSchema),
    defaultValues: { name: "" },
  });

  const submit = handleSubmit(async (values) => {
    const answer = await addOrganizationAction(values).catch(() => undefined);
    if (!answer?.ok) {
      setError("name", { message: answer?.error.message ?? UNREACHABLE });
      return;
    }
    onDone?.();
    router.push(projectPath(answer.data.projectId));
    router.refresh();
  });

  return (
    <form onSubmit={submit} noValidate className="flex min-h-0 flex-col">
      {children(
        <Field label="Name" error={formState.errors.name?.message}>
          {(control) => <Input {...control} {...register("name")} autoComplete="organization" />}
        </Field>,
        <Button type="submit" variant="primary" pending={formState.isSubmitting}>
          Create organisation
        </Button>,
      )}
    </form>
  );
}
