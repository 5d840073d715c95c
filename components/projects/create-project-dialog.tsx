"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import type { z } from "zod";
import { createProjectAction } from "@/components/projects/actions";
import { MODE_OPTIONS } from "@/components/projects/mode-words";
import { projectPath } from "@/components/shell/navigation";
import { Dialog } from "@/components/ui/dialog";
import { DialogForm } from "@/components/ui/dialog-form";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { RadioCards } from "@/components/ui/radio-cards";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { createProjectSchema } from "@/lib/projects/schemas";

interface CreateProjectDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  organizationId: string;
  organizationName: string;
}

/** Name and mode of a new project in the same organisation. */
export function CreateProjectDialog({
  open,
  onOpenChange,
  organizationId,
  organizationName,
}: CreateProjectDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New project"
      description={`In ${organizationName}. Keys, logs and provider keys belong to a project; credits are shared.`}
    >
      <CreateProjectForm organizationId={organizationId} onClose={() => onOpenChange(false)} />
    </Dialog>
  );
}

function CreateProjectForm({ organizationId, onClose }: { organizationId: string; onClose: () => void }) {
  const router = useRouter();
  const [failure, setFailure] = useState<string>();
  const { control, register, handleSubmit, formState } = useForm({
    resolver: zodResolver(createProjectSchema, undefined, { raw: true }),
    defaultValues: { organizationId, name: "", mode: "hybrid" } satisfies z.input<
      typeof createProjectSchema
    > as z.input<typeof createProjectSchema>,
  });

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    const answer = await createProjectAction(values).catch(() => undefined);
    if (!answer?.ok) {
      setFailure(answer?.error.message ?? UNREACHABLE);
      return;
    }
    onClose();
    router.push(projectPath(answer.data.id));
  });

  return (
    <DialogForm
      onSubmit={submit}
      failure={failure}
      submitLabel="Create project"
      pending={formState.isSubmitting}
      onClose={onClose}
    >
      <Field label="Name" error={formState.errors.name?.message}>
        {(field) => <Input {...field} {...register("name")} autoComplete="off" autoFocus />}
      </Field>
      <div className="flex flex-col gap-1.5">
        <span className="font-medium text-ui">How calls are paid</span>
        <Controller
          control={control}
          name="mode"
          render={({ field }) => (
            <RadioCards
              label="How calls are paid"
              value={field.value ?? "hybrid"}
              onChange={field.onChange}
              options={MODE_OPTIONS}
            />
          )}
        />
      </div>
    </DialogForm>
  );
}
