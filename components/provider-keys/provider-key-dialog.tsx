"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Controller, useForm, useWatch } from "react-hook-form";
import { toast } from "sonner";
import type { z } from "zod";
import {
  addProviderKeyAction,
  checkNewProviderKeyAction,
  updateProviderKeyAction,
} from "@/components/provider-keys/actions";
import type { ProviderChoice } from "@/components/provider-keys/provider-choice";
import { providerKeyForm, sentFields } from "@/components/provider-keys/provider-key-form";
import { Dialog } from "@/components/ui/dialog";
import { DialogForm } from "@/components/ui/dialog-form";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { Textarea } from "@/components/ui/textarea";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { ActionFailure } from "@/lib/edge/session-action";
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
      description="The provider is asked whether it takes the key. It is sealed before it is stored, and only its last four characters are shown again."
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
  /** What was sent when the provider did not take the key: sent once more, it is kept all the same. */
  const [doubted, setDoubted] = useState<string>();
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
  const [chosen, key, ownUrl] = useWatch({ control, name: ["provider", "key", "baseUrl"] });
  const typed = { provider: chosen, key, baseUrl: ownUrl };
  const { baseUrl, baseUrlExample, needsBaseUrl, needsKey, keyPrefix } =
    providers.find(({ id }) => id === chosen) ?? providers[0];

  const question = ({
    provider,
    key,
    baseUrl,
  }: Pick<z.input<typeof providerKeyForm>, "provider" | "key" | "baseUrl">) =>
    ({ projectId, provider, key, baseUrl }) as const;
  const isDoubted = doubted === JSON.stringify(question(typed));

  /** Shows why not, beside the field where there is one. */
  const refuse = (error: ActionFailure | undefined) => {
    let placed = false;
    for (const field of FIELDS) {
      const message = error?.fields?.[field];
      if (!message) continue;
      setError(field, { message });
      placed = true;
    }
    if (!placed) setFailure(error?.message ?? UNREACHABLE);
  };

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    const sent = sentFields(values);
    let said = "";
    // A change that leaves the key as it is asks nobody.
    if (!isDoubted && (providerKey === null || sent.key !== "")) {
      const checked = await checkNewProviderKeyAction(question(values)).catch(() => undefined);
      if (!checked?.ok) return refuse(checked?.error);
      if (checked.data.outcome !== "accepted") {
        setDoubted(JSON.stringify(question(values)));
        setFailure(checked.data.said);
        return;
      }
      said = checked.data.said;
    }
    const save = providerKey
      ? updateProviderKeyAction({ ...sent, providerKeyId: providerKey.id })
      : addProviderKeyAction({ ...sent, provider: values.provider });
    const answer = await save.catch(() => undefined);
    if (!answer?.ok) return refuse(answer?.error);
    const title = providerKey ? "The provider key is changed" : "The provider key is added";
    if (said) toast.warning(title, { description: said });
    else toast.success(title, { description: "Calls use it so from now on." });
    router.refresh();
    onClose();
  });

  return (
    <DialogForm
      onSubmit={submit}
      failure={failure}
      submitLabel={isDoubted ? "Keep it all the same" : providerKey ? "Save changes" : "Add provider key"}
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
