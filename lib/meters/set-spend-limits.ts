import { z } from "zod";
import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { formatUsd } from "@/lib/core/money";
import { lockMember } from "@/lib/iam/store";
import { notFound, permit } from "@/lib/identity/permit";
import { lockOrganization } from "@/lib/identity/store";
import { type Tx, transaction } from "@/lib/infra/db";
import { usageLimitSchema } from "@/lib/keys/schemas";
import { bumpMemberKeys, bumpOrganizationKeys } from "@/lib/keys/store";
import { findSpenderMeter, limitSpender, type SpenderLimit } from "@/lib/meters/limit-spender";
import { LIMITED_PERIODS, type SpendLimits } from "@/lib/meters/spend-limits";
import type { Spender } from "@/lib/meters/store";

/** Empty or null: no limit. */
export const setSpendLimitsSchema = z.object({
  organizationId: z.string(),
  memberId: z.string().nullable(),
  daily: usageLimitSchema,
  monthly: usageLimitSchema,
});

export interface SpendLimitChange {
  organizationId: string;
  /** Whose keys are limited together; null: all of the organisation's. */
  memberId: string | null;
  /** What is left out stays as it is. */
  daily?: SpendLimits["daily"];
  monthly?: SpendLimits["monthly"];
  actor: Actor;
}

/**
 * Sets what all keys of an organisation, or all that one member made, may spend in a UTC day and in a UTC month, at list
 * price. A new limit begins with what was spent in its window so far and what the calls that run at that moment can still
 * cost. Every request admitted after the commit is decided under the limits. Where there is none, requests draw on no meter
 * for it.
 * @throws GatewayError not_found, forbidden.
 */
export function setSpendLimits({ organizationId, memberId, actor, ...limits }: SpendLimitChange): Promise<void> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "billing.manage");
    if (!(await lockOrganization(tx, organizationId))) throw notFound("Organization");
    if (memberId === null) await bumpOrganizationKeys(tx, organizationId);
    else {
      const member = await lockMember(tx, organizationId, memberId);
      if (!member) throw notFound("Member");
      await bumpMemberKeys(tx, organizationId, member.userId);
    }
    const { before, after } = await applyLimits(
      tx,
      memberId === null
        ? { organizationId, subject: "organization", subjectId: organizationId }
        : { organizationId, subject: "member", subjectId: memberId },
      limits,
    );
    await recordAudit(tx, {
      organizationId,
      actor,
      action: memberId === null ? "organization.set_limits" : "member.set_limits",
      target: memberId === null ? `organization:${organizationId}` : `member:${memberId}`,
      before: described(before),
      after: described(after),
    });
  });
}

type Limits = Record<keyof SpendLimits, bigint | null>;

async function applyLimits(
  tx: Tx,
  spender: Spender,
  limits: Partial<SpendLimits>,
): Promise<{ before: Limits; after: Limits }> {
  const before: Limits = { daily: null, monthly: null };
  const after: Limits = { daily: null, monthly: null };
  const wanted: SpenderLimit[] = [];
  for (const period of LIMITED_PERIODS) {
    const meter = await findSpenderMeter(tx, spender, period);
    before[period] = meter?.limit ?? null;
    const limit = limits[period];
    after[period] = limit === undefined ? before[period] : limit;
    if (limit !== undefined) wanted.push({ meterId: meter?.id ?? null, limit, period });
  }
  await limitSpender(tx, spender, wanted);
  return { before, after };
}

function described(limits: Limits) {
  const amount = (limit: bigint | null) => (limit === null ? null : formatUsd(limit));
  return { daily_limit: amount(limits.daily), monthly_limit: amount(limits.monthly) };
}
