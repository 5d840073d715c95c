"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { toast } from "sonner";
import { updateKeyAction } from "@/components/keys/actions";
import { ExpirySelect } from "@/components/keys/expiry-select";
import { RESET_OPTIONS } from "@/components/keys/reset-words";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { AffixInput, Input } from "@/components/ui/input";
import { formatMoney } from "@/components/ui/money";
import { Notice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import type { KeyView } from "@/lib/keys/key-view";
import { updateKeySchema } from "@/lib/keys/schemas";

interface EditKeyDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  apiKey: KeyView;
  onChanged: (key: KeyView) => void;
}

/** Changes name, limit and expiry; the secret stays. */
export function EditKeyDialog({ open, onOpenChange, apiKey, onChanged }: EditKeyDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Edit key"
      description={<span className="font-mono text-xs">{apiKey.preview}</span>}
    >
      <EditKeyForm apiKey={apiKey} onChanged={onChanged} onClose={() => onOpenChange(false)} />
    </Dialog>
  );
}

interface EditKeyFormProps extends Pick<EditKeyDialogProps, "apiKey" | "onChanged"> {
  onClose: () => void;
}

function EditKeyForm({ apiKey, onChanged, onClose }: EditKeyFormProps) {
  const [failure, setFailure] = useState<string>();
  const { control, register, handleSubmit, formState } = useForm({
    resolver: zodResolver(updateKeySchema, undefined, { raw: true }),
    defaultValues: {
      projectId: apiKey.projectId,
      keyId: apiKey.id,
      name: apiKey.name,
      usageLimit: apiKey.usageLimit,
      usageLimitReset: apiKey.usageLimitReset,
      expiresAt: apiKey.expiresAt,
    },
  });
  const { errors, dirtyFields } = formState;

  const submit = handleSubmit(async ({ expiresAt, ...values }) => {
    setFailure(undefined);
    // A date that has passed and was not touched must not stand in the way of a new name.
    const changes = dirtyFields.expiresAt ? { ...values, expiresAt } : values;
    const answer = await updateKeyAction(changes).catch(() => undefined);
    if (!answer?.ok) {
      setFailure(answer?.error.message ?? "The server could not be reached. Please try again.");
      return;
    }
    toast.success(`“${answer.data.name}” is changed`, { description: "The next call with it is decided so." });
    onChanged(answer.data);
    onClose();
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
          {(field) => <Input {...field} {...register("name")} autoComplete="off" />}
        </Field>
        <Field
          label="Spend limit"
          note="optional"
          error={errors.usageLimit?.message}
          hint={`Used so far: ${formatMoney(apiKey.limitUsed)}. A limit below that refuses what comes next.`}
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
        <Button type="submit" variant="primary" pending={formState.isSubmitting} disabled={!formState.isDirty}>
          Save changes
        </Button>
      </DialogFooter>
    </form>
  );
}
