"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { Controller } from "react-hook-form";
import { toast } from "sonner";
import { z } from "zod";
import { LimitBar } from "@/components/keys/limit-bar";
import { RESET_OPTIONS } from "@/components/keys/reset-words";
import { updateProjectAction } from "@/components/projects/actions";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { AffixInput } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { useServedForm } from "@/components/ui/use-served-form";
import { usageLimitResets, usageLimitSchema } from "@/lib/keys/schemas";
import type { ProjectLimit } from "@/lib/projects/project-limit";

const formSchema = z.object({ usageLimit: usageLimitSchema, usageLimitReset: z.enum(usageLimitResets) });

interface LimitCardProps {
  project: { id: string; name: string };
  limit: ProjectLimit;
  mayChange: boolean;
}

/** What all keys of a project together may spend. */
export function LimitCard({ project, limit, mayChange }: LimitCardProps) {
  const router = useRouter();
  const { usageLimit, usageLimitReset } = limit;
  const { control, register, handleSubmit, reset, setError, formState } = useServedForm({
    resolver: zodResolver(formSchema, undefined, { raw: true }),
    defaultValues: { usageLimit, usageLimitReset },
  });
  const { errors } = formState;

  const submit = handleSubmit(async (values) => {
    const answer = await updateProjectAction({ projectId: project.id, ...values }).catch(() => undefined);
    if (!answer?.ok) {
      setError("usageLimit", {
        message: answer?.error.message ?? UNREACHABLE,
      });
      return;
    }
    reset(values);
    toast.success("The limit is changed", { description: "The next call is decided so." });
    router.refresh();
  });

  return (
    <Card>
      <CardHeader
        title="Spend limit"
        description="What all keys of the project may spend together, at list price, whoever pays. It is counted from the day on which a limit is first set."
      />
      <CardBody className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {usageLimit === null ? null : <LimitBar apiKey={{ ...limit, name: project.name, environment: "live" }} />}
        <form onSubmit={submit} noValidate className="flex max-w-lg items-start gap-2">
          <Field label="Project limit" error={errors.usageLimit?.message} className="flex-1">
            {(field) => (
              <AffixInput
                {...field}
                {...register("usageLimit")}
                prefix="$"
                suffix="USD"
                inputMode="decimal"
                placeholder="No limit"
                autoComplete="off"
                disabled={!mayChange}
              />
            )}
          </Field>
          <Controller
            control={control}
            name="usageLimitReset"
            render={({ field }) => (
              <Select
                aria-label="Project limit starts again"
                value={field.value}
                onChange={field.onChange}
                options={RESET_OPTIONS}
                disabled={!mayChange}
                className="mt-[1.625rem] w-32 shrink-0"
              />
            )}
          />
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
