"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Controller, useForm, useWatch } from "react-hook-form";
import { toast } from "sonner";
import { addProviderKeyAction } from "@/components/provider-keys/actions";
import type { ProviderChoice } from "@/components/provider-keys/provider-choice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { addProviderKeySchema } from "@/lib/provider-keys/schemas";

const FIELDS = ["provider", "key", "name", "baseUrl"] as const;

interface AddProviderKeyDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  projectId: string;
  /** At least one. */
  providers: readonly [ProviderChoice, ...ProviderChoice[]];
}

/** Which provider, its key, and where it is reached if not at the usual address. */
export function AddProviderKeyDialog({ open, onOpenChange, ...rest }: AddProviderKeyDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Add provider key"
      description="It is sealed before it is stored, and never shown again but for its last four characters."
    >
      <AddProviderKeyForm {...rest} onClose={() => onOpenChange(false)} />
    </Dialog>
  );
}

interface AddProviderKeyFormProps extends Pick<AddProviderKeyDialogProps, "projectId" | "providers"> {
  onClose: () => void;
}

function AddProviderKeyForm({ projectId, providers, onClose }: AddProviderKeyFormProps) {
  const router = useRouter();
  const [failure, setFailure] = useState<string>();
  const { control, register, handleSubmit, setError, formState } = useForm({
    resolver: zodResolver(addProviderKeySchema, undefined, { raw: true }),
    defaultValues: { projectId, provider: providers[0].id, key: "", name: "", baseUrl: "" },
  });
  const { errors } = formState;
  const chosen = useWatch({ control, name: "provider" });
  const { baseUrl, baseUrlExample, needsBaseUrl, needsKey, keyPrefix } =
    providers.find(({ id }) => id === chosen) ?? providers[0];

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    const answer = await addProviderKeyAction(values).catch(() => undefined);
    if (answer?.ok) {
      toast.success("The provider key is added", { description: "Calls of this project use it from now on." });
      router.refresh();
      onClose();
      return;
    }
    let placed = false;
    for (const field of FIELDS) {
      const message = answer?.error.fields?.[field];
      if (!message) continue;
      setError(field, { message });
      placed = true;
    }
    if (!placed) setFailure(answer?.error.message ?? "The server could not be reached. Please try again.");
  });

  return (
    <form onSubmit={submit} noValidate autoComplete="off" className="flex min-h-0 flex-col">
      <DialogBody className="flex flex-col gap-5 pt-1">
        {failure ? (
          <Notice tone="error" live>
            {failure}
          </Notice>
        ) : null}
        <Field label="Provider" error={errors.provider?.message}>
          {(field) => (
            <Controller
              control={control}
              name="provider"
              render={({ field: provider }) => (
                <Select
                  {...field}
                  value={provider.value}
                  onChange={provider.onChange}
                  options={providers.map(({ id, name }) => ({ value: id, label: name }))}
                />
              )}
            />
          )}
        </Field>
        <Field
          label="Key"
          {...(needsKey ? {} : { note: "optional" })}
          error={errors.key?.message}
          hint={needsKey ? "As the provider gave it to you." : "Where your server asks for one."}
        >
          {(field) => (
            <Input
              {...field}
              {...register("key")}
              type="password"
              autoComplete="off"
              data-1p-ignore
              data-lpignore="true"
              className="font-mono"
              placeholder={keyPrefix === null ? "" : `${keyPrefix}…`}
            />
          )}
        </Field>
        <Field label="Name" note="optional" error={errors.name?.message}>
          {(field) => <Input {...field} {...register("name")} placeholder="Production account" autoComplete="off" />}
        </Field>
        <Field
          label="Base URL"
          {...(needsBaseUrl ? {} : { note: "optional" })}
          error={errors.baseUrl?.message}
          hint={
            needsBaseUrl
              ? `Where it is reached, up to the version. Its models are called as ${chosen}/model-name.`
              : "For a proxy, or another server that speaks the same protocol."
          }
        >
          {(field) => (
            <Input
              {...field}
              {...register("baseUrl")}
              type="url"
              inputMode="url"
              autoComplete="off"
              placeholder={baseUrl ?? baseUrlExample ?? ""}
            />
          )}
        </Field>
      </DialogBody>
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" pending={formState.isSubmitting}>
          Add provider key
        </Button>
      </DialogFooter>
    </form>
  );
}
