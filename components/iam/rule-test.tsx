"use client";

import { useState } from "react";
import { explainRulesAction } from "@/components/iam/actions";
import type { RuleCatalogue } from "@/components/iam/rule-catalogue";
import { LEVEL_WORDS, ruleTypeWords } from "@/components/iam/rule-words";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Combobox } from "@/components/ui/combobox";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Notice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { explainModel } from "@/lib/gateway/explain-model";
import type { Spoken } from "@/lib/iam/explain";
import { ENDPOINT_NAMES, type EndpointName } from "@/lib/iam/operations";
import type { NewRule } from "@/lib/iam/rule-schema";
import type { RuleOwner } from "@/lib/iam/store";

const USUAL = "usual";
const ENDPOINTS: readonly { value: EndpointName | typeof USUAL; label: string }[] = [
  { value: USUAL, label: "Its usual endpoint" },
  ...ENDPOINT_NAMES.map((name) => ({ value: name, label: name })),
];
const VERDICTS: Readonly<Record<Spoken["verdict"], { tone: "good" | "neutral" | "held" | "bad"; word: string }>> = {
  allow: { tone: "good", word: "allows" },
  pass: { tone: "neutral", word: "passes" },
  narrow: { tone: "held", word: "narrows" },
  deny: { tone: "bad", word: "denies" },
};

interface RuleTestProps {
  projectId: string;
  owner: RuleOwner;
  /** The rules as they stand in the editor; null while they make none. */
  rules: readonly NewRule[] | null;
  /** What the page calls a rule by its id: "Rule 2"; null where it is none of the editor's. */
  nameOf: (ruleId: string) => string | null;
  catalogue: RuleCatalogue;
}

type Answer = { ok: true; said: ReturnType<typeof explainModel> } | { ok: false; message: string };

/** Asks whether a model could be called, and shows what each rule says of it. */
export function RuleTest({ projectId, owner, rules, nameOf, catalogue }: RuleTestProps) {
  const [model, setModel] = useState(catalogue.models[0]?.name ?? "");
  const [endpoint, setEndpoint] = useState<EndpointName | typeof USUAL>(USUAL);
  const [address, setAddress] = useState("");
  const [pending, setPending] = useState(false);
  const [answer, setAnswer] = useState<Answer>();

  const ask = async () => {
    if (rules === null) return;
    setPending(true);
    const result = await explainRulesAction({
      projectId,
      owner,
      rules: [...rules],
      model,
      endpoint: endpoint === USUAL ? null : endpoint,
      address,
    }).catch(() => undefined);
    setPending(false);
    setAnswer(
      result?.ok ? { ok: true, said: result.data } : { ok: false, message: result?.error.message ?? UNREACHABLE },
    );
  };

  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
        className="grid items-end gap-2 sm:grid-cols-[minmax(0,1.3fr)_minmax(0,1fr)_minmax(0,1fr)_auto]"
      >
        <div className="grid gap-1">
          <span className="text-soft text-xs">Model</span>
          <Combobox
            label="Model to test"
            value={model}
            onChange={setModel}
            options={catalogue.models.map(({ name, vendor }) => ({ value: name, label: name, hint: vendor }))}
            placeholder="Search models"
            className="h-8 text-ui"
          />
        </div>
        <div className="grid gap-1">
          <span className="text-soft text-xs">Endpoint</span>
          <Select
            aria-label="Endpoint to test"
            value={endpoint}
            onChange={setEndpoint}
            options={ENDPOINTS}
            className="h-8 text-ui"
          />
        </div>
        <div className="grid gap-1">
          <Label htmlFor="rule-test-address" className="font-normal text-soft text-xs">
            From address
          </Label>
          <Input
            id="rule-test-address"
            value={address}
            onChange={(event) => setAddress(event.target.value)}
            placeholder="Not known"
            autoComplete="off"
            className="h-8 text-ui"
          />
        </div>
        <Button type="submit" pending={pending} disabled={rules === null}>
          Test
        </Button>
      </form>
      <div role="status" aria-label="Answer of the rules">
        {answer?.ok === false ? <Notice tone="error">{answer.message}</Notice> : null}
        {answer?.ok ? (
          <div className="grid grid-cols-[minmax(0,1fr)] gap-2">
            <Notice tone={answer.said.decision === "allow" ? "success" : "error"}>
              {answer.said.decision === "allow"
                ? `${answer.said.model} may be called by ${answer.said.endpoint}. It may be served by ${answer.said.providers.join(", ")}.`
                : answer.said.message}
            </Notice>
            {answer.said.rules.length > 0 ? (
              <ol className="divide-y divide-line rounded-lg border border-line text-ui">
                {answer.said.rules.map((rule) => (
                  <li key={rule.id} className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-3 py-2">
                    <Badge tone={VERDICTS[rule.verdict].tone}>{VERDICTS[rule.verdict].word}</Badge>
                    <span className="font-medium">
                      {nameOf(rule.id) ?? LEVEL_WORDS[rule.level]}: {ruleTypeWords(rule.type).toLowerCase()}
                    </span>
                    <span className="min-w-0 text-soft">{rule.reason}</span>
                  </li>
                ))}
              </ol>
            ) : (
              <p className="text-soft text-ui">No rule had anything to say.</p>
            )}
          </div>
        ) : null}
      </div>
    </div>
  );
}
