"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { toast } from "sonner";
import { renamePersonAction } from "@/components/identity/actions";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { useServedForm } from "@/components/ui/use-served-form";
import { renamePersonSchema } from "@/lib/identity/schemas";

/** What the person is called. */
export function PersonNameCard({ name }: { name: string | null }) {
  const router = useRouter();
  const { register, handleSubmit, reset, setError, formState } = useServedForm({
    resolver: zodResolver(renamePersonSchema),
    defaultValues: { name: name ?? "" },
  });

  const submit = handleSubmit(async (values) => {
    const answer = await renamePersonAction(values).catch(() => undefined);
    if (!answer?.ok) {
      setError("name", { message: answer?.error.message ?? UNREACHABLE });
      return;
    }
    reset(values);
    toast.success("Your name is changed");
    router.refresh();
  });

  return (
    <Card>
      <CardHeader title="Name" description="How members of your organisations see you." />
      <CardBody>
        <form onSubmit={submit} noValidate className="flex max-w-lg items-start gap-2">
          <Field label="Your name" error={formState.errors.name?.message} className="flex-1">
            {(field) => <Input {...field} {...register("name")} autoComplete="name" />}
          </Field>
          <Button
            type="submit"
            className="mt-[1.625rem] h-9"
            pending={formState.isSubmitting}
            disabled={!formState.isDirty}
          >
            Save
          </Button>
        </form>
      </CardBody>
    </Card>
  );
}
