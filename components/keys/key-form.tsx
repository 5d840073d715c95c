"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { Controller, type Resolver, useForm, useWatch } from "react-hook-form";
import type { z } from "zod";
import type { RuleCatalogue } from "@/components/iam/rule-catalogue";
import { checkDrafts, type RuleDraft } from "@/components/iam/rule-draft";
import { RulesFields } from "@/components/iam/rules-fields";
import { ExpirySelect } from "@/components/keys/expiry-select";
import { RESET_OPTIONS } from "@/components/keys/reset-words";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/components/ui/cn";
import { DialogForm } from "@/components/ui/dialog-form";
import { Field } from "@/components/ui/field";
import { AffixInput, Input } from "@/components/ui/input";
import { formatMoney } from "@/components/ui/money";
import { RadioCards } from "@/components/ui/radio-cards";
import { Select } from "@/components/ui/select";
import { Textarea } from "@/components/ui/textarea";
import type { ActionFailure } from "@/lib/edge/session-action";
import type { KeyView } from "@/lib/keys/key-view";
import { createKeySchema } from "@/lib/keys/schemas";
import { DEFAULT_SCOPES, SCOPE_DESCRIPTIONS, SCOPES, type Scope } from "@/lib/keys/scopes";

/** A key's settings as the form sends them; the action parses them by the same schema. */
export type KeyFormValues = z.input<typeof createKeySchema>;

const FIELDS = [
  "name",
  "environment",
  "expiresAt",
  "usageLimit",
  "usageLimitReset",
  "scopes",
  "rateLimitRpm",
  "rateLimitTpm",
  "endUser",
  "metadata",
] as const;
const MORE: ReadonlySet<string> = new Set(["scopes", "rateLimitRpm", "rateLimitTpm", "endUser", "metadata"]);

const ENVIRONMENTS = [
  { value: "live", title: "Live", description: "Calls real providers and costs what they ask." },
  {
    value: "test",
    title: "Test",
    description: "Answered by the built-in simulator, whatever the model.",
    aside: <Badge tone="info">Never costs</Badge>,
  },
] as const;

/** What the form needs to know besides the key. */
export interface KeyFormContext {
  catalogue: RuleCatalogue;
  /** End users to choose from, by the names that our customer gave them. */
  endUsers: readonly string[];
  /** Whether this person may make keys that manage the organisation. */
  mayMakeAdminKeys: boolean;
}

interface KeyFormProps {
  projectId: string;
  /** The key to be changed; left out: a new one. */
  apiKey?: KeyView;
  context: KeyFormContext;
  submitLabel: string;
  /** Said where the server did not answer. */
  unreachable: string;
  /** Sends the form; what is answered is the refusal, null where all went well, undefined where nothing came back. */
  onSend: (
    values: KeyFormValues,
    changed: ReadonlySet<keyof KeyFormValues>,
  ) => Promise<ActionFailure | null | undefined>;
  onClose: () => void;
}

function isScope(name: string): name is Scope {
  return SCOPES.some((scope) => scope === name);
}

function valuesOf(projectId: string, key: KeyView | undefined): KeyFormValues {
  return {
    projectId,
    name: key?.name ?? "",
    environment: key?.environment ?? "live",
    expiresAt: key?.expiresAt ?? null,
    usageLimit: key?.usageLimit ?? null,
    usageLimitReset: key?.usageLimitReset ?? "none",
    scopes: key ? key.scopes.filter(isScope) : [...DEFAULT_SCOPES],
    rateLimitRpm: key?.rateLimitRpm ?? null,
    rateLimitTpm: key?.rateLimitTpm ?? null,
    endUser: key?.endUser ?? null,
    metadata: key && Object.keys(key.metadata).length > 0 ? JSON.stringify(key.metadata, null, 2) : "",
  };
}

const asRate = { setValueAs: (text: unknown) => (text === "" || text === null ? null : Number(text)) };

/** The settings of a key, new or not: what most keys need first, the rest behind a button. */
export function KeyForm({ projectId, apiKey, context, submitLabel, unreachable, onSend, onClose }: KeyFormProps) {
  const [failure, setFailure] = useState<string>();
  const [more, setMore] = useState(false);
  const [drafts, setDrafts] = useState<RuleDraft[]>([]);
  const [rulesTried, setRulesTried] = useState(false);
  const check = zodResolver(createKeySchema, undefined, { raw: true });
  // A date that has passed and was not touched must not stand in the way of a new name.
  const resolver: Resolver<KeyFormValues, unknown, KeyFormValues> = (values, ...rest) =>
    check(apiKey && values.expiresAt === apiKey.expiresAt ? { ...values, expiresAt: null } : values, ...rest);
  const { control, register, handleSubmit, setError, formState } = useForm<KeyFormValues, unknown, KeyFormValues>({
    resolver,
    defaultValues: valuesOf(projectId, apiKey),
  });
  const environment = useWatch({ control, name: "environment" });
  const { errors, dirtyFields } = formState;
  const checkedRules = checkDrafts(drafts);

  const submit = handleSubmit(
    async (values) => {
      setFailure(undefined);
      setRulesTried(true);
      if (checkedRules.rules === null) {
        setMore(true);
        return;
      }
      const changed = new Set(FIELDS.filter((field) => dirtyFields[field] !== undefined));
      const rules = apiKey ? {} : { rules: checkedRules.rules };
      const refusal = await onSend({ ...values, ...rules }, changed).catch(() => undefined);
      if (refusal === null) return;
      if (refusal === undefined) {
        setFailure(unreachable);
        return;
      }
      const fields = refusal.code === "user_not_found" ? { endUser: refusal.message } : (refusal.fields ?? {});
      const placed = FIELDS.filter((field) => fields[field] !== undefined);
      for (const field of placed) setError(field, { message: fields[field] ?? "" });
      if (placed.some((field) => MORE.has(field))) setMore(true);
      if (placed.length === 0) setFailure(refusal.message);
    },
    (wrong) => {
      if (Object.keys(wrong).some((field) => MORE.has(field))) setMore(true);
    },
  );

  return (
    <DialogForm
      onSubmit={submit}
      failure={failure}
      submitLabel={submitLabel}
      pending={formState.isSubmitting}
      disabled={apiKey !== undefined && !formState.isDirty}
      onClose={onClose}
    >
      <Field label="Name" error={errors.name?.message}>
        {(field) => (
          <Input
            {...field}
            {...register("name")}
            autoComplete="off"
            placeholder="checkout-assistant"
            autoFocus={apiKey === undefined}
          />
        )}
      </Field>
      {apiKey ? null : (
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
      )}
      <Field
        label="Spend limit"
        note="optional"
        error={errors.usageLimit?.message}
        hint={
          apiKey
            ? `Used so far: ${formatMoney(apiKey.limitUsed)}. A limit below that refuses what comes next.`
            : environment === "test"
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
      <div>
        <Button
          variant="ghost"
          size="sm"
          className="-ml-2"
          aria-expanded={more}
          aria-controls="key-form-more"
          onClick={() => setMore(!more)}
        >
          <ChevronRight className={cn("transition-transform", more && "rotate-90")} />
          {apiKey ? "Rates, scopes and metadata" : "Rates, scopes, end user, rules and metadata"}
        </Button>
      </div>
      <div id="key-form-more" hidden={!more} className={cn("flex-col gap-5", more && "flex")}>
        <div className="grid gap-5 sm:grid-cols-2">
          {(
            [
              { name: "rateLimitRpm", label: "Requests a minute" },
              { name: "rateLimitTpm", label: "Tokens a minute" },
            ] as const
          ).map(({ name, label }) => (
            <Field key={name} label={label} note="optional" error={errors[name]?.message}>
              {(field) => (
                <Input
                  {...field}
                  {...register(name, asRate)}
                  inputMode="numeric"
                  placeholder="No limit"
                  autoComplete="off"
                  className="tabular"
                />
              )}
            </Field>
          ))}
        </div>
        <Controller
          control={control}
          name="scopes"
          render={({ field }) => (
            <ScopesFields
              scopes={field.value ?? []}
              onChange={field.onChange}
              mayMakeAdminKeys={context.mayMakeAdminKeys}
              error={errors.scopes?.message}
            />
          )}
        />
        {apiKey ? null : (
          <>
            <Field
              label="End user"
              note="optional"
              hint="The customer of yours that calls with it: their budget is spent, and none but theirs."
              error={errors.endUser?.message}
            >
              {(field) => (
                <>
                  <Input
                    {...field}
                    {...register("endUser")}
                    list="key-form-end-users"
                    autoComplete="off"
                    placeholder="Nobody"
                  />
                  <datalist id="key-form-end-users">
                    {context.endUsers.map((name) => (
                      <option key={name} value={name} />
                    ))}
                  </datalist>
                </>
              )}
            </Field>
            <div className="flex flex-col gap-1.5">
              <span className="font-medium text-ui">Rules</span>
              <p className="text-faint text-xs">
                What the key may call, beside the rules of the project. Each can only narrow what the others leave.
              </p>
              <RulesFields
                drafts={drafts}
                onChange={setDrafts}
                catalogue={context.catalogue}
                problems={(rulesTried ? checkedRules.problems : null) ?? new Map()}
              />
            </div>
          </>
        )}
        <Field
          label="Metadata"
          note="optional"
          hint="A JSON object of your own; it comes back with the key and is never sent on."
          error={errors.metadata?.message}
        >
          {(field) => (
            <Textarea
              {...field}
              {...register("metadata")}
              spellCheck={false}
              placeholder='{"team": "search"}'
              className="font-mono text-xs"
            />
          )}
        </Field>
      </div>
    </DialogForm>
  );
}

interface ScopesFieldsProps {
  scopes: readonly Scope[];
  onChange: (scopes: Scope[]) => void;
  mayMakeAdminKeys: boolean;
  error: string | undefined;
}

function ScopesFields({ scopes, onChange, mayMakeAdminKeys, error }: ScopesFieldsProps) {
  const offered = SCOPES.filter((scope) => scope !== "admin:*" || mayMakeAdminKeys || scopes.includes(scope));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 font-medium text-ui">Scopes</legend>
      {offered.map((scope) => (
        <Checkbox
          key={scope}
          checked={scopes.includes(scope)}
          onChange={(on) => onChange(SCOPES.filter((other) => (other === scope ? on : scopes.includes(other))))}
        >
          <span className="font-mono text-xs">{scope}</span>{" "}
          <span className="text-soft">{SCOPE_DESCRIPTIONS[scope]}</span>
        </Checkbox>
      ))}
      {error ? (
        <p role="alert" className="text-danger-text text-xs">
          {error}
        </p>
      ) : null}
    </fieldset>
  );
}
