import { isRecord } from "@/lib/core/is-record";
import { formatUsd } from "@/lib/core/money";
import type { EndUser, Meter } from "@/lib/infra/prisma-client/client";
import { meterAt } from "@/lib/meters/store";

/** An end user with what they spent. Amounts are USD as decimal strings, times ISO 8601. */
export interface EndUserView {
  id: string;
  organizationId: string;
  /** As our customer names them. */
  name: string;
  alias: string | null;
  budgetId: string | null;
  isBlocked: boolean;
  metadata: Record<string, unknown>;
  /** At list price, whoever paid: in the window that runs now, or, without a budget, in all. */
  spend: string;
  /** What running calls have set aside beside it. */
  held: string;
  /** When that window began and ends; null: no budget, and one that does not start again. */
  budgetStartedAt: string | null;
  nextBudgetResetAt: string | null;
  createdAt: string;
  updatedAt: string;
}

export function endUserView(user: EndUser, meter: Meter | undefined, now: Date): EndUserView {
  const standing = meter ? meterAt(meter, now) : null;
  return {
    id: user.id,
    organizationId: user.organizationId,
    name: user.externalId,
    alias: user.alias,
    budgetId: user.budgetId,
    isBlocked: user.blocked,
    metadata: isRecord(user.metadata) ? user.metadata : {},
    spend: formatUsd(standing?.used ?? 0n),
    held: formatUsd(meter?.held ?? 0n),
    budgetStartedAt: user.budgetId === null ? null : (standing?.startedAt.toISOString() ?? null),
    nextBudgetResetAt: user.budgetId === null ? null : (standing?.resetsAt?.toISOString() ?? null),
    createdAt: user.createdAt.toISOString(),
    updatedAt: user.updatedAt.toISOString(),
  };
}
