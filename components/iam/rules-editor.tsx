"use client";

import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { toast } from "sonner";
import { previewRulesAction, saveRulesAction } from "@/components/iam/actions";
import type { RuleCatalogue } from "@/components/iam/rule-catalogue";
import { checkDrafts, draftOf, fieldProblems, type RuleDraft } from "@/components/iam/rule-draft";
import { RuleTest } from "@/components/iam/rule-test";
import { LEVEL_WORDS, ruleTypeWords, ruleValueWords } from "@/components/iam/rule-words";
import { RulesFields } from "@/components/iam/rules-fields";
import { RulesPreviewPanel } from "@/components/iam/rules-preview";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { UnsavedGuard } from "@/components/ui/unsaved-guard";
import type { RuleLevel } from "@/lib/iam/compile-rules";
import type { RulesAboveKey } from "@/lib/iam/read-rules";
import { draftRuleId, type RulesPreview } from "@/lib/iam/rule-drafts";
import type { RuleView } from "@/lib/iam/rule-view";
import type { RuleOwner } from "@/lib/iam/store";

const NO_PROBLEMS: ReadonlyMap<number, string> = new Map();
const TYPING_MS = 350;

interface RulesEditorProps {
  /** The project on screen. */
  projectId: string;
  owner: RuleOwner;
  rules: RuleView[];
  /** What holds besides; of a key only. */
  above?: RulesAboveKey;
  catalogue: RuleCatalogue;
  mayChange: boolean;
}

/**
 * The rules of a key, a project or a member: to be written, switched, removed and tried out before they are saved, with
 * what they leave of the catalogue, by the evaluation that calls are under.
 */
export function RulesEditor({ projectId, owner, rules, above, catalogue, mayChange }: RulesEditorProps) {
  const router = useRouter();
  const [stored, setStored] = useState(rules);
  const [drafts, setDrafts] = useState<RuleDraft[]>(() => rules.map(draftOf));
  const [refused, setRefused] = useState<{ message: string; problems: ReadonlyMap<number, string> }>();
  const [tried, setTried] = useState(false);
  const [pending, setPending] = useState(false);

  const checked = checkDrafts(drafts);
  const isDirty = JSON.stringify(drafts) !== JSON.stringify(stored.map(draftOf));
  const preview = usePreview(projectId, owner, checked.rules);

  const change = (next: RuleDraft[]) => {
    setDrafts(next);
    setRefused(undefined);
  };
  const discard = () => {
    change(stored.map(draftOf));
    setTried(false);
  };
  const save = async () => {
    setTried(true);
    if (checked.rules === null) return;
    setPending(true);
    const answer = await saveRulesAction({
      projectId,
      owner,
      rules: checked.rules,
      seen: stored.map(({ id }) => id),
    }).catch(() => undefined);
    setPending(false);
    if (!answer?.ok) {
      setRefused({
        message: answer?.error.message ?? UNREACHABLE,
        problems: fieldProblems(answer?.error.fields ?? {}),
      });
      return;
    }
    setStored(answer.data);
    change(answer.data.map(draftOf));
    setTried(false);
    toast.success("The rules are saved", { description: "The next call is decided under them." });
    router.refresh();
  };

  const problems = refused?.problems ?? (tried ? (checked.problems ?? NO_PROBLEMS) : NO_PROBLEMS);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      {refused && refused.problems.size === 0 ? (
        <Notice tone="error" live>
          {refused.message}
        </Notice>
      ) : null}
      {drafts.length === 0 ? (
        <p className="text-soft text-ui">No rules: nothing is denied here.</p>
      ) : mayChange ? null : (
        <RuleList rules={stored.map((rule, index) => ({ ...rule, whose: `Rule ${index + 1}` }))} />
      )}
      {mayChange ? <RulesFields drafts={drafts} onChange={change} catalogue={catalogue} problems={problems} /> : null}
      {above ? <Above above={above} /> : null}
      <RulesPreviewPanel preview={preview} isDraft={isDirty} />
      <details className="group rounded-lg border border-line">
        <summary className="cursor-pointer rounded-lg px-3 py-2.5 font-medium text-ui">
          Test a model against the rules
        </summary>
        <div className="border-line border-t p-3">
          <RuleTest
            projectId={projectId}
            owner={owner}
            rules={checked.rules}
            nameOf={(ruleId) => {
              const place = drafts.findIndex(({ id }, index) => (id ?? draftRuleId(index)) === ruleId);
              return place < 0 ? null : `Rule ${place + 1}`;
            }}
            catalogue={catalogue}
          />
        </div>
      </details>
      {mayChange && isDirty ? (
        <div className="sticky bottom-3 z-10 flex flex-wrap items-center justify-between gap-3 rounded-lg border border-line-strong bg-raised px-3 py-2.5 shadow-pop">
          <span className="text-ui">Changes are not in force until they are saved.</span>
          <span className="flex gap-2">
            <Button onClick={discard} disabled={pending}>
              Discard
            </Button>
            <Button variant="primary" pending={pending} onClick={save}>
              Save rules
            </Button>
          </span>
        </div>
      ) : null}
      <UnsavedGuard active={isDirty && mayChange} what="changes to the rules" />
    </div>
  );
}

/** What rules leave, asked anew a moment after they were changed. */
function usePreview(
  projectId: string,
  owner: RuleOwner,
  rules: ReturnType<typeof checkDrafts>["rules"],
): RulesPreview | undefined {
  const wanted = rules === null ? null : JSON.stringify(rules);
  const [asked, setAsked] = useState(wanted);
  useEffect(() => {
    if (wanted === null) return;
    const timer = setTimeout(() => setAsked(wanted), TYPING_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const { data } = useQuery({
    queryKey: ["rules-preview", projectId, owner, asked],
    queryFn: async () => {
      const answer = await previewRulesAction({ projectId, owner, rules: JSON.parse(asked ?? "[]") });
      if (!answer.ok) throw new Error(answer.error.message);
      return answer.data;
    },
    enabled: asked !== null,
    placeholderData: (previous) => previous,
    staleTime: 60_000,
  });
  return data;
}

function RuleList({ rules }: { rules: readonly (RuleView & { whose: string })[] }) {
  return (
    <ul className="divide-y divide-line rounded-lg border border-line text-ui">
      {rules.map(({ id, rule, isActive, whose }) => (
        <li key={id} className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-3 py-2">
          <span className="text-faint text-xs">{whose}</span>
          <span className="font-medium">{ruleTypeWords(rule.type)}</span>
          <span className="min-w-0 break-words font-mono text-xs">{ruleValueWords(rule)}</span>
          {isActive ? null : <Badge>Off</Badge>}
        </li>
      ))}
    </ul>
  );
}

function Above({ above }: { above: RulesAboveKey }) {
  const listed = (level: Exclude<RuleLevel, "key">) =>
    above[level].map((rule) => ({ ...rule, whose: LEVEL_WORDS[level] }));
  const rules = [...listed("project"), ...listed("member")];
  if (rules.length === 0) return null;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-1.5">
      <h3 className="font-medium text-soft text-ui">Also in force here</h3>
      <RuleList rules={rules} />
    </div>
  );
}
