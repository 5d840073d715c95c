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
import { LIMITED_PERIODS, type SpendLimits } from "@/lib/meters/spend-limits";
import { createMeter, findMeter, setMeterLimit } from "@/lib/meters/store";

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
  daily: SpendLimits["daily"];
  monthly: SpendLimits["monthly"];
  actor: Actor;
}

/**
 * Sets what all keys of an organisation, or all that one member made, may spend in a UTC day and in a UTC month, at list
 * price. A new limit begins with what was spent in its window so far; calls that run at that moment are not counted.
 * Every request admitted after the commit is decided under the limits. Where there is none, requests draw on no meter
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
    const before = await applyLimits(tx, organizationId, memberId, limits);
    await recordAudit(tx, {
      organizationId,
      actor,
      action: memberId === null ? "organization.set_limits" : "member.set_limits",
      target: memberId === null ? `organization:${organizationId}` : `member:${memberId}`,
      before: described(before),
      after: described(limits),
    });
  });
}

async function applyLimits(
  tx: Tx,
  organizationId: string,
  memberId: string | null,
  limits: SpendLimits,
): Promise<Record<keyof SpendLimits, bigint | null>> {
  const spender =
    memberId === null
      ? ({ subject: "organization", subjectId: organizationId } as const)
      : ({ subject: "member", subjectId: memberId } as const);
  const before: Record<keyof SpendLimits, bigint | null> = { daily: null, monthly: null };
  const found = [];
  for (const period of LIMITED_PERIODS) {
    const name = { ...spender, kind: "spend", unit: "usd", period } as const;
    const existing = await findMeter(tx, name);
    before[period] = existing?.limit ?? null;
    if (!existing && limits[period] === null) continue;
    const meter = existing ?? (await createMeter(tx, { ...name, organizationId, limit: null }));
    found.push({ id: meter.id, period, limit: limits[period] });
  }
  // In id order, as admission and settle lock them.
  for (const { id, limit, period } of found.sort((a, b) => (a.id < b.id ? -1 : 1)))
    await setMeterLimit(tx, id, limit, period);
  return before;
}

function described(limits: Readonly<Record<keyof SpendLimits, bigint | null>>) {
  const amount = (limit: bigint | null) => (limit === null ? null : formatUsd(limit));
  return { daily_limit: amount(limits.daily), monthly_limit: amount(limits.monthly) };
}
