"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { Controller, useForm, useWatch } from "react-hook-form";
import type { z } from "zod";
import { createKeyAction } from "@/components/keys/actions";
import { ExpirySelect } from "@/components/keys/expiry-select";
import { RESET_OPTIONS } from "@/components/keys/reset-words";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { AffixInput, Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { RadioCards } from "@/components/ui/radio-cards";
import { Select } from "@/components/ui/select";
import type { KeyView } from "@/lib/keys/key-view";
import { createKeySchema } from "@/lib/keys/schemas";

type Form = z.input<typeof createKeySchema>;

const FIELDS = ["name", "environment", "expiresAt", "usageLimit", "usageLimitReset"] as const;

const ENVIRONMENTS = [
  { value: "live", title: "Live", description: "Calls real providers and costs what they ask." },
  {
    value: "test",
    title: "Test",
    description: "Answered by the built-in simulator, whatever the model.",
    aside: <Badge tone="info">Never costs</Badge>,
  },
] as const;

interface CreateKeyDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  projectId: string;
  onCreated: (created: { key: KeyView; secret: string }) => void;
}

/** Name, environment, expiry and limit of a new key. */
export function CreateKeyDialog({ open, onOpenChange, ...rest }: CreateKeyDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Create key"
      description="Your programs call the gateway with it. It is shown once, right after this."
    >
      <CreateKeyForm {...rest} onClose={() => onOpenChange(false)} />
    </Dialog>
  );
}

interface CreateKeyFormProps extends Pick<CreateKeyDialogProps, "projectId" | "onCreated"> {
  onClose: () => void;
}

function CreateKeyForm({ projectId, onCreated, onClose }: CreateKeyFormProps) {
  const [failure, setFailure] = useState<string>();
  const { control, register, handleSubmit, setError, formState } = useForm({
    resolver: zodResolver(createKeySchema, undefined, { raw: true }),
    defaultValues: {
      projectId,
      name: "",
      environment: "live",
      expiresAt: null,
      usageLimit: null,
      usageLimitReset: "none",
    } satisfies Form as Form,
  });
  const environment = useWatch({ control, name: "environment" });
  const { errors } = formState;

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    const answer = await createKeyAction(values).catch(() => undefined);
    if (!answer) {
      setFailure(
        "The server could not be reached. No key was made as far as we know; look at the list before you try again.",
      );
      return;
    }
    if (answer.ok) {
      onCreated(answer.data);
      return;
    }
    let placed = false;
    for (const field of FIELDS) {
      const message = answer.error.fields?.[field];
      if (!message) continue;
      setError(field, { message });
      placed = true;
    }
    if (!placed) setFailure(answer.error.message);
  });

  return (
    <form onSubmit={submit} noValidate className="flex min-h-0 flex-col">
      <DialogBody className="flex flex-col gap-5 pt-1">
        {failure ? (
          <Notice tone="error" live>
            {failure}
          </Notice>
        ) : null}
        <Field label="Name" error={errors.name?.message}>
          {(field) => (
            <Input {...field} {...register("name")} autoComplete="off" placeholder="checkout-assistant" autoFocus />
          )}
        </Field>
        <div className="flex flex-col gap-1.5">
          <span className="font-medium text-ui">Environment</span>
          <Controller
            control={control}
            name="environment"
            render={({ field }) => (
              <RadioCards
                label="Environment"
                value={field.value ?? "live"}
                onChange={field.onChange}
                options={ENVIRONMENTS}
                className="sm:grid-cols-2"
              />
            )}
          />
        </div>
        <Field
          label="Spend limit"
          note="optional"
          error={errors.usageLimit?.message}
          hint={
            environment === "test"
              ? "Counts what the calls would have cost."
              : "Each call is set aside before it leaves, so this is never overspent."
          }
        >
          {(field) => (
            <div className="flex gap-2">
              <div className="flex-1">
                <AffixInput
                  {...field}
                  {...register("usageLimit")}
                  prefix="$"
                  suffix="USD"
                  inputMode="decimal"
                  placeholder="No limit"
                  autoComplete="off"
                />
              </div>
              <Controller
                control={control}
                name="usageLimitReset"
                render={({ field: reset }) => (
                  <Select
                    aria-label="Limit starts again"
                    value={reset.value ?? "none"}
                    onChange={reset.onChange}
                    options={RESET_OPTIONS}
                    className="w-36 shrink-0"
                  />
                )}
              />
            </div>
          )}
        </Field>
        <Field label="Expires" error={errors.expiresAt?.message}>
          {(field) => (
            <Controller
              control={control}
              name="expiresAt"
              render={({ field: expiry }) => (
                <ExpirySelect control={field} value={expiry.value ?? null} onChange={expiry.onChange} />
              )}
            />
          )}
        </Field>
      </DialogBody>
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" pending={formState.isSubmitting}>
          Create key
        </Button>
      </DialogFooter>
    </form>
  );
}
