"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { toast } from "sonner";
import { z } from "zod";
import { updateProjectAction } from "@/components/projects/actions";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { useServedForm } from "@/components/ui/use-served-form";
import { projectNameSchema } from "@/lib/projects/schemas";

const formSchema = z.object({ name: projectNameSchema });

interface NameCardProps {
  projectId: string;
  name: string;
  mayChange: boolean;
}

/** The project's name. */
export function NameCard({ projectId, name, mayChange }: NameCardProps) {
  const router = useRouter();
  const { register, handleSubmit, reset, setError, formState } = useServedForm({
    resolver: zodResolver(formSchema),
    defaultValues: { name },
  });

  const submit = handleSubmit(async (values) => {
    const answer = await updateProjectAction({ projectId, name: values.name }).catch(() => undefined);
    if (!answer?.ok) {
      setError("name", { message: answer?.error.message ?? UNREACHABLE });
      return;
    }
    reset(values);
    toast.success("The name is changed");
    router.refresh();
  });

  return (
    <Card>
      <CardHeader title="Name" description="Shown in the project switcher and in the logs." />
      <CardBody>
        <form onSubmit={submit} noValidate className="flex max-w-lg items-start gap-2">
          <Field label="Project name" error={formState.errors.name?.message} className="flex-1">
            {(field) => <Input {...field} {...register("name")} disabled={!mayChange} autoComplete="off" />}
          </Field>
          <Button
            type="submit"
            className="mt-[1.625rem] h-9"
            pending={formState.isSubmitting}
            disabled={!mayChange || !formState.isDirty}
          >
            Save
          </Button>
        </form>
      </CardBody>
    </Card>
  );
}
