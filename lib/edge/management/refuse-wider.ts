import { GatewayError } from "@/lib/core/errors";
import { parseUsd, type Usd } from "@/lib/core/money";
import { type Asking, refuseWiderScopes } from "@/lib/edge/management/operation";
import { readRules, readRulesAbove } from "@/lib/iam/read-rules";
import type { NewRule } from "@/lib/iam/rule-schema";
import type { RuleView } from "@/lib/iam/rule-view";
import { uncoveredRule } from "@/lib/iam/uncovered-rule";
import type { KeyView } from "@/lib/keys/key-view";
import { findKey } from "@/lib/keys/read-keys";
import type { UsageLimitReset } from "@/lib/keys/schemas";
import type { KeyEnvironment } from "@/lib/keys/secret";

/*
 * What narrows a key that manages narrows every other such key that it makes or changes, and itself (docs/decisions/0020).
 * Keys that do not manage are what it is there to hand out: only their scopes are compared. The master key has no bounds, nor
 * has anybody who is signed in: they have a role.
 */

type Rules = readonly Pick<NewRule, "rule" | "isActive">[];

/** What a key may spend, and for how long. */
interface Limits {
  environment: KeyEnvironment;
  expiresAt: Date | null;
  /** null: not limited. */
  usageLimit: Usd | null;
  usageLimitReset: UsageLimitReset;
  rateLimitRpm: number | null;
  rateLimitTpm: number | null;
}

/** From what starts again least often. */
const RESETS: readonly UsageLimitReset[] = ["none", "monthly", "weekly", "daily"];

const isMore = <Amount extends bigint | number | Date>(given: Amount | null, own: Amount | null) =>
  own !== null && (given === null || given > own);

/** Whether what is given is more than one's own, by the field that says so. */
const WIDER: Readonly<Record<string, (given: Limits, own: Limits) => boolean>> = {
  environment: (given, own) => own.environment === "test" && given.environment === "live",
  expires_at: (given, own) => isMore(given.expiresAt, own.expiresAt),
  usage_limit: (given, own) => isMore(given.usageLimit, own.usageLimit),
  usage_limit_reset: (given, own) =>
    own.usageLimit !== null && RESETS.indexOf(given.usageLimitReset) > RESETS.indexOf(own.usageLimitReset),
  rate_limit_rpm: (given, own) => isMore(given.rateLimitRpm, own.rateLimitRpm),
  rate_limit_tpm: (given, own) => isMore(given.rateLimitTpm, own.rateLimitTpm),
};

function limitsOf(key: KeyView): Limits {
  const { environment, usageLimitReset, rateLimitRpm, rateLimitTpm } = key;
  return {
    environment,
    usageLimitReset,
    rateLimitRpm,
    rateLimitTpm,
    expiresAt: key.expiresAt === null ? null : new Date(key.expiresAt),
    usageLimit: key.usageLimit === null ? null : parseUsd(key.usageLimit),
  };
}

interface Bounds {
  limits: Limits;
  /** Of each level that the key is under. */
  rules: RuleView[][];
}

/** What the calling key itself is held to; null where it is not somebody's. */
async function boundsOf({ caller }: Asking): Promise<Bounds | null> {
  if (caller.isMaster) return null;
  const { organizationId, keyId } = caller;
  const key = await findKey({ organizationId, keyId });
  if (!key) return null;
  const { project, member } = await readRulesAbove(organizationId, keyId);
  return { limits: limitsOf(key), rules: [key.rules, project, member] };
}

function refuseField(field: string): never {
  throw new GatewayError(
    "forbidden",
    `Access denied: '${field}' would give more than this API key has itself, so it cannot hand that out.`,
    { param: field, metadata: { field } },
  );
}

function refuseRule({ id, rule }: RuleView): never {
  throw new GatewayError(
    "forbidden",
    `Access denied: This API key is held to a rule '${rule.type}' that would not hold here, so it cannot hand that out. Add the same rule.`,
    { param: "iam_rules", metadata: { field: "iam_rules", rule_id: id } },
  );
}

const manages = (scopes: readonly string[]) => scopes.includes("admin:*");

/**
 * Refuses to make a key with scopes that the calling key lacks, and one that manages and may do more than the calling key.
 * @throws GatewayError insufficient_scope, forbidden, naming the first such scope, field or rule.
 */
export async function refuseWiderKey(
  asking: Asking,
  wanted: Limits & { projectId: string; scopes: readonly string[]; rules: Rules },
): Promise<void> {
  refuseWiderScopes(asking, wanted.scopes);
  const own = manages(wanted.scopes) ? await boundsOf(asking) : null;
  if (own) refuse(own, wanted, [wanted.rules, await readRules({ projectId: wanted.projectId })]);
}

/**
 * As `refuseWiderKey`, of a key that there is: to be handed out anew, or switched on again.
 * @throws GatewayError as `refuseWiderKey`.
 */
export async function refuseWiderThan(asking: Asking, organizationId: string, key: KeyView): Promise<void> {
  refuseWiderScopes(asking, key.scopes);
  const own = manages(key.scopes) ? await boundsOf(asking) : null;
  if (!own) return;
  const { project, member } = await readRulesAbove(organizationId, key.id);
  refuse(own, limitsOf(key), [key.rules, project, member]);
}

function refuse(own: Bounds, limits: Limits, levels: readonly Rules[]): void {
  for (const [field, isWider] of Object.entries(WIDER)) if (isWider(limits, own.limits)) refuseField(field);
  const rule = uncoveredRule(own.rules, levels);
  if (rule) refuseRule(rule);
}

/**
 * Refuses a change by which a key that manages could do more than it could and than the calling key can itself. What only
 * narrows passes.
 * @throws GatewayError as `refuseWiderKey`.
 */
export async function refuseWidening(
  asking: Asking,
  organizationId: string,
  before: KeyView,
  changes: Partial<Limits> & { scopes?: readonly string[]; rules?: Rules },
): Promise<void> {
  const { scopes = before.scopes, rules, ...limits } = changes;
  if (changes.scopes !== undefined) refuseWiderScopes(asking, scopes);
  if (!manages(scopes)) return;
  const own = await boundsOf(asking);
  if (!own) return;
  const were = limitsOf(before);
  const will = { ...were, ...limits };
  const { project, member } = await readRulesAbove(organizationId, before.id);
  if (!manages(before.scopes)) {
    refuse(own, will, [rules ?? before.rules, project, member]);
    return;
  }
  for (const [field, isWider] of Object.entries(WIDER))
    if (isWider(will, own.limits) && isWider(will, were)) refuseField(field);
  if (rules === undefined || uncoveredRule([before.rules], [rules]) === null) return;
  const rule = uncoveredRule(own.rules, [rules, project, member]);
  if (rule) refuseRule(rule);
}
