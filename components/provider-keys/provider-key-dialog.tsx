"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Controller, useForm, useWatch } from "react-hook-form";
import { toast } from "sonner";
import { addProviderKeyAction, updateProviderKeyAction } from "@/components/provider-keys/actions";
import type { ProviderChoice } from "@/components/provider-keys/provider-choice";
import { providerKeyForm, sentFields } from "@/components/provider-keys/provider-key-form";
import { Dialog } from "@/components/ui/dialog";
import { DialogForm } from "@/components/ui/dialog-form";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { Textarea } from "@/components/ui/textarea";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { ProviderKeyView } from "@/lib/provider-keys/provider-key-view";

const FIELDS = ["provider", "key", "name", "baseUrl", "models", "priority"] as const;

interface ProviderKeyDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  projectId: string;
  organizationName: string;
  /** At least one. */
  providers: readonly [ProviderChoice, ...ProviderChoice[]];
  /** The one to change; null: a new one. */
  providerKey: ProviderKeyView | null;
}

/** Which provider, its key, where it is reached, which models it serves, and when it is tried. */
export function ProviderKeyDialog({ open, onOpenChange, ...rest }: ProviderKeyDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={rest.providerKey ? "Edit provider key" : "Add provider key"}
      description="It is sealed before it is stored, and never shown again but for its last four characters."
    >
      <ProviderKeyForm {...rest} onClose={() => onOpenChange(false)} />
    </Dialog>
  );
}

interface ProviderKeyFormProps extends Omit<ProviderKeyDialogProps, "open" | "onOpenChange"> {
  onClose: () => void;
}

function ProviderKeyForm({ projectId, organizationName, providers, providerKey, onClose }: ProviderKeyFormProps) {
  const router = useRouter();
  const [failure, setFailure] = useState<string>();
  const { control, register, handleSubmit, setError, formState } = useForm({
    resolver: zodResolver(providerKeyForm, undefined, { raw: true }),
    defaultValues: {
      projectId,
      scope: providerKey?.scope ?? ("project" as const),
      provider: providers.find(({ id }) => id === providerKey?.provider)?.id ?? providers[0].id,
      key: "",
      name: providerKey?.name ?? "",
      baseUrl: providerKey?.baseUrl ?? "",
      models: providerKey?.models.join("\n") ?? "",
      priority: providerKey ? String(providerKey.priority) : "",
    },
  });
  const { errors } = formState;
  const chosen = useWatch({ control, name: "provider" });
  const { baseUrl, baseUrlExample, needsBaseUrl, needsKey, keyPrefix } =
    providers.find(({ id }) => id === chosen) ?? providers[0];

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    const sent = sentFields(values);
    const save = providerKey
      ? updateProviderKeyAction({ ...sent, providerKeyId: providerKey.id })
      : addProviderKeyAction({ ...sent, provider: values.provider });
    const answer = await save.catch(() => undefined);
    if (answer?.ok) {
      toast.success(providerKey ? "The provider key is changed" : "The provider key is added", {
        description: "Calls use it so from now on.",
      });
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
    if (!placed) setFailure(answer?.error.message ?? UNREACHABLE);
  });

  return (
    <DialogForm
      onSubmit={submit}
      failure={failure}
      submitLabel={providerKey ? "Save changes" : "Add provider key"}
      pending={formState.isSubmitting}
      disabled={providerKey !== null && !formState.isDirty}
      onClose={onClose}
    >
      {providerKey ? null : (
        <div className="grid gap-5 sm:grid-cols-2">
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
          <Field label="Serves">
            {(field) => (
              <Controller
                control={control}
                name="scope"
                render={({ field: scope }) => (
                  <Select
                    {...field}
                    value={scope.value ?? "project"}
                    onChange={scope.onChange}
                    options={[
                      { value: "project", label: "This project" },
                      { value: "organization", label: "Every project", hint: `Of ${organizationName}` },
                    ]}
                  />
                )}
              />
            )}
          </Field>
        </div>
      )}
      <Field
        label="Key"
        {...(needsKey && !providerKey ? {} : { note: "optional" })}
        error={errors.key?.message}
        hint={
          providerKey
            ? "Empty: the one that it has stays."
            : needsKey
              ? "As the provider gave it to you."
              : "Where your server asks for one."
        }
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
            placeholder={providerKey?.lastFour ? `…${providerKey.lastFour}` : keyPrefix === null ? "" : `${keyPrefix}…`}
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
      <Field
        label="Models"
        note="optional"
        error={errors.models?.message}
        hint="One a line, as they are called here. Empty: every model of the provider."
      >
        {(field) => (
          <Textarea
            {...field}
            {...register("models")}
            rows={2}
            className="font-mono text-ui"
            placeholder="gpt-4o-mini"
            autoComplete="off"
          />
        )}
      </Field>
      <Field
        label="Order"
        note="optional"
        error={errors.priority?.message}
        hint="Of several for one provider, the lower number is tried first. 100 where nothing is said."
      >
        {(field) => (
          <Input
            {...field}
            {...register("priority")}
            inputMode="numeric"
            placeholder="100"
            autoComplete="off"
            className="tabular"
          />
        )}
      </Field>
    </DialogForm>
  );
}
