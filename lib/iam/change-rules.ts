import type { Actor } from "@/lib/audit/actor";
import { type AuditAction, recordAudit } from "@/lib/audit/record";
import { GatewayError } from "@/lib/core/errors";
import { auditedRule, RULES_MAX } from "@/lib/iam/rule-schema";
import { type RuleView, ruleView } from "@/lib/iam/rule-view";
import { findRules, lockMember, type RuleOwner } from "@/lib/iam/store";
import { notFound, permit } from "@/lib/identity/permit";
import { type Tx, transaction } from "@/lib/infra/db";
import { bumpMemberKeys, bumpProjectKeys, lockKey, saveKey } from "@/lib/keys/store";
import { lockProject, saveProject } from "@/lib/projects/store";

export interface RuleChange {
  organizationId: string;
  owner: RuleOwner;
  actor: Actor;
}

/**
 * Changes the rules of a key, a project or a member in one transaction: whoever does it may, every key concerned is bumped,
 * so every request admitted after the commit is decided under them, and the audit trail has them all, before and after.
 * Answers the owner's rules as they are then.
 * @throws GatewayError not_found for an owner that is not the organisation's; forbidden; invalid_fields above 100 rules;
 *   what `change` throws.
 */
export function changeRules(
  { organizationId, owner, actor }: RuleChange,
  action: Extract<AuditAction, `rules.${string}`>,
  change: (tx: Tx) => Promise<void>,
): Promise<RuleView[]> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "rules.manage");
    const target = await takeOwner(tx, organizationId, owner);
    const before = (await findRules(tx, owner)).map(ruleView);
    await change(tx);
    const after = (await findRules(tx, owner)).map(ruleView);
    if (after.length > RULES_MAX) {
      const message = `At most ${RULES_MAX} rules`;
      throw new GatewayError("invalid_fields", message, { metadata: { fields: { rules: message } } });
    }
    await recordAudit(tx, { organizationId, actor, action, target, before: listed(before), after: listed(after) });
    return after;
  });
}

function listed(rules: readonly RuleView[]) {
  return { iam_rules: rules.map(auditedRule) };
}

/** Locks the owner, bumps every key that is under its rules, and names it for the audit trail. */
async function takeOwner(tx: Tx, organizationId: string, owner: RuleOwner): Promise<string> {
  if ("apiKeyId" in owner) {
    const keyId = owner.apiKeyId;
    if (!(await lockKey(tx, { organizationId, keyId, createdById: null }))) throw notFound("API key");
    await saveKey(tx, keyId, {});
    return `key:${keyId}`;
  }
  if ("projectId" in owner) {
    const { projectId } = owner;
    if (!(await lockProject(tx, organizationId, projectId))) throw notFound("Project");
    await saveProject(tx, projectId, {});
    await bumpProjectKeys(tx, organizationId, projectId);
    return `project:${projectId}`;
  }
  const member = await lockMember(tx, organizationId, owner.membershipId);
  if (!member) throw notFound("Member");
  await bumpMemberKeys(tx, organizationId, member.userId);
  return `member:${member.id}`;
}
