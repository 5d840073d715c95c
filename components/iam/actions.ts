"use server";

import { z } from "zod";
import { sessionAction } from "@/lib/edge/session-action";
import { explainModel, explainQuestion } from "@/lib/gateway/explain-model";
import { draftedRules, previewRules } from "@/lib/gateway/preview-rules";
import { compileRules, type RuleLevel, type StoredRule } from "@/lib/iam/compile-rules";
import { readRulesAbove } from "@/lib/iam/read-rules";
import { type NewRule, newRulesSchema } from "@/lib/iam/rule-schema";
import { setRules } from "@/lib/iam/set-rules";
import type { RuleOwner } from "@/lib/iam/store";

const ownerSchema = z.union([
  z.strictObject({ apiKeyId: z.string() }),
  z.strictObject({ projectId: z.string() }),
  z.strictObject({ membershipId: z.string() }),
]);

const draftSchema = z.object({ projectId: z.string(), owner: ownerSchema, rules: newRulesSchema });

function levelOf(owner: RuleOwner): RuleLevel {
  if ("apiKeyId" in owner) return "key";
  return "projectId" in owner ? "project" : "member";
}

/** The rules that would be in force with a draft: of a key also those above it. */
async function drafted(organizationId: string, owner: RuleOwner, rules: readonly NewRule[]): Promise<StoredRule[]> {
  if (!("apiKeyId" in owner)) return draftedRules(levelOf(owner), rules);
  return draftedRules("key", rules, await readRulesAbove(organizationId, owner.apiKeyId));
}

/** Puts these rules in place of those of a key, a project or a member. */
export const saveRulesAction = sessionAction({
  schema: draftSchema.extend({ seen: z.array(z.string()) }),
  act: "rules.manage",
  run: ({ owner, rules, seen }, { organization, actor }) =>
    setRules({ organizationId: organization.id, owner, rules, seen, actor }),
});

/** What a draft of rules would leave of the catalogue. */
export const previewRulesAction = sessionAction({
  schema: draftSchema,
  act: "rules.view",
  run: async ({ owner, rules }, { organization }) => previewRules(await drafted(organization.id, owner, rules)),
});

/** Whether a draft of rules would let a model be called, and what each rule says of it. */
export const explainRulesAction = sessionAction({
  schema: draftSchema.extend({ ...explainQuestion.shape, address: z.string().trim().max(100) }),
  act: "rules.view",
  run: async ({ owner, rules, model, endpoint, address }, { organization }) =>
    explainModel(compileRules(await drafted(organization.id, owner, rules)), { model, endpoint }, address),
});
