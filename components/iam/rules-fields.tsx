"use client";

import { Plus, Trash2 } from "lucide-react";
import { useId } from "react";
import type { RuleCatalogue } from "@/components/iam/rule-catalogue";
import { emptyDraft, RULE_SUBJECTS, type RuleDraft } from "@/components/iam/rule-draft";
import { SUBJECT_WORDS } from "@/components/iam/rule-words";
import { Button } from "@/components/ui/button";
import { type ChipOption, ChipsField } from "@/components/ui/chips-field";
import { AffixInput } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Segmented } from "@/components/ui/segmented";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { OPERATIONS } from "@/lib/iam/operations";
import { RULES_MAX } from "@/lib/iam/rule-schema";
import { SCOPE_DESCRIPTIONS, SCOPES } from "@/lib/keys/scopes";

const EFFECTS = [
  { value: "allow", label: "Allow only" },
  { value: "deny", label: "Deny" },
] as const;
const SUBJECTS = RULE_SUBJECTS.map((value) => ({ value, label: SUBJECT_WORDS[value] }));
const PRICING = [
  { value: "any", label: "Free or paid" },
  { value: "free", label: "Free models" },
  { value: "paid", label: "Paid models" },
] as const;
const OPERATION_OPTIONS: readonly ChipOption[] = OPERATIONS.map((value) => {
  const scope = SCOPES.find((name) => name === value);
  return { value, hint: scope ? SCOPE_DESCRIPTIONS[scope] : "endpoint" };
});

interface RulesFieldsProps {
  drafts: readonly RuleDraft[];
  onChange: (drafts: RuleDraft[]) => void;
  catalogue: RuleCatalogue;
  /** What is wrong, by place; shown beside the rule. */
  problems: ReadonlyMap<number, string>;
}

/** Rules to be written: one after the other, each with its effect, what it is about, and what it names. */
export function RulesFields({ drafts, onChange, catalogue, problems }: RulesFieldsProps) {
  const change = (place: number, changes: Partial<RuleDraft>) =>
    onChange(drafts.map((draft, index) => (index === place ? { ...draft, ...changes } : draft)));
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      {drafts.length > 0 ? (
        <ol className="grid grid-cols-[minmax(0,1fr)] gap-3" aria-label="Rules">
          {drafts.map((draft, index) => (
            <li key={draft.key}>
              <RuleFields
                draft={draft}
                name={`Rule ${index + 1}`}
                onChange={(changes) => change(index, changes)}
                onRemove={() => onChange(drafts.filter((_, place) => place !== index))}
                catalogue={catalogue}
                problem={problems.get(index)}
              />
            </li>
          ))}
        </ol>
      ) : null}
      <div>
        <Button
          size="sm"
          disabled={drafts.length >= RULES_MAX}
          onClick={() => onChange([...drafts, emptyDraft(crypto.randomUUID())])}
        >
          <Plus />
          Add rule
        </Button>
      </div>
    </div>
  );
}

interface RuleFieldsProps {
  draft: RuleDraft;
  /** "Rule 2". */
  name: string;
  onChange: (changes: Partial<RuleDraft>) => void;
  onRemove: () => void;
  catalogue: RuleCatalogue;
  problem: string | undefined;
}

function RuleFields({ draft, name, onChange, onRemove, catalogue, problem }: RuleFieldsProps) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend cannot stand in a row with the controls
    <div role="group" aria-label={name} className="rounded-lg border border-line bg-raised p-3">
      <div className="flex flex-wrap items-center gap-2">
        <span className="w-14 shrink-0 font-medium text-soft text-xs">{name}</span>
        <Segmented
          label={`Effect of ${name.toLowerCase()}`}
          value={draft.effect}
          onChange={(effect) => onChange({ effect })}
          options={EFFECTS}
        />
        <Select
          aria-label={`${name} is about`}
          value={draft.subject}
          onChange={(subject) => onChange({ subject, names: [] })}
          options={SUBJECTS}
          className="h-7.5 w-32 text-ui"
        />
        <span className="ml-auto flex items-center gap-2">
          <Switch
            id={`${id}-active`}
            checked={draft.isActive}
            onCheckedChange={(isActive) => onChange({ isActive })}
            aria-label={`${name} is in force`}
          />
          <span aria-hidden className="w-16 text-soft text-xs">
            {draft.isActive ? "In force" : "Off"}
          </span>
          <Button variant="ghost" size="icon-sm" aria-label={`Remove ${name.toLowerCase()}`} onClick={onRemove}>
            <Trash2 />
          </Button>
        </span>
      </div>
      <div className="mt-2.5 grid grid-cols-[minmax(0,1fr)] gap-1.5">
        <RuleValue
          draft={draft}
          name={name}
          onChange={onChange}
          catalogue={catalogue}
          invalid={problem !== undefined}
        />
        {problem ? (
          <p role="alert" className="text-danger-text text-xs">
            {problem}
          </p>
        ) : null}
      </div>
    </div>
  );
}

interface RuleValueProps extends Pick<RuleFieldsProps, "draft" | "name" | "onChange" | "catalogue"> {
  invalid: boolean;
}

function RuleValue({ draft, name, onChange, catalogue, invalid }: RuleValueProps) {
  const id = useId();
  const shared = {
    values: draft.names,
    onChange: (names: string[]) => onChange({ names }),
    "aria-invalid": invalid ? (true as const) : undefined,
  };
  switch (draft.subject) {
    case "models":
      return (
        <ChipsField
          {...shared}
          label={`Models of ${name.toLowerCase()}`}
          options={catalogue.models.map((model) => ({ value: model.name, hint: model.vendor }))}
          placeholder="A model, or how names begin and a *, such as gpt-5*"
          offer={(text) => ({
            value: text,
            words: text.endsWith("*") ? "Every model that begins so:" : "This name as it is:",
          })}
        />
      );
    case "providers":
      return (
        <ChipsField
          {...shared}
          label={`Providers of ${name.toLowerCase()}`}
          options={catalogue.providers.map((provider) => ({ value: provider.id, hint: provider.name }))}
          placeholder="A provider"
        />
      );
    case "operations":
      return (
        <ChipsField
          {...shared}
          label={`Operations of ${name.toLowerCase()}`}
          options={OPERATION_OPTIONS}
          placeholder="An endpoint, or a scope for all of its endpoints"
        />
      );
    case "ips":
      return (
        <ChipsField
          {...shared}
          label={`Addresses of ${name.toLowerCase()}`}
          options={[]}
          placeholder="An address or a range, such as 10.0.0.0/8"
          offer={(text) => ({ value: text, words: "Add" })}
        />
      );
    case "pricing": {
      const { pricing } = draft;
      const caps = [
        { field: "input", label: "Input at most" },
        { field: "output", label: "Output at most" },
      ] as const;
      return (
        <div className="flex flex-wrap items-end gap-3">
          <Segmented
            label={`Prices of ${name.toLowerCase()}`}
            value={pricing.kind}
            onChange={(kind) => onChange({ pricing: { ...pricing, kind } })}
            options={PRICING}
          />
          {caps.map(({ field, label }) => (
            <span key={field} className="grid w-44 gap-1">
              <Label htmlFor={`${id}-${field}`} className="font-normal text-soft text-xs">
                {label}, USD per million tokens
              </Label>
              <AffixInput
                id={`${id}-${field}`}
                prefix="$"
                inputMode="decimal"
                autoComplete="off"
                placeholder="No cap"
                value={pricing[field]}
                onChange={(event) => onChange({ pricing: { ...pricing, [field]: event.target.value } })}
                className="h-8 text-ui"
              />
            </span>
          ))}
        </div>
      );
    }
  }
}
