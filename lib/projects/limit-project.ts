import { formatUsd, type Usd } from "@/lib/core/money";
import type { Tx } from "@/lib/infra/db";
import type { UsageLimitReset } from "@/lib/keys/schemas";
import { findSpenderMeter, limitSpender } from "@/lib/meters/limit-spender";

/**
 * Sets what all keys of a project together may spend; what is left out stays. The meter is made when a limit is first
 * set, so that requests of projects without one have none to lock: a daily, weekly or monthly limit begins with what was
 * spent in its window, one that never starts again with what is spent from then on. To be called once the keys are
 * locked and their versions bumped (lock order). Answers the limit as it was and as it is, for the audit trail.
 */
export async function limitProject(
  tx: Tx,
  project: { id: string; organizationId: string },
  wantedLimit: Usd | null | undefined,
  wantedReset: UsageLimitReset | undefined,
) {
  const spender = { organizationId: project.organizationId, subject: "project", subjectId: project.id } as const;
  const current = await findSpenderMeter(tx, spender);
  const limit = wantedLimit === undefined ? (current?.limit ?? null) : wantedLimit;
  const period = wantedReset ?? current?.period ?? "none";
  await limitSpender(tx, spender, [{ meterId: current?.id ?? null, limit, period }]);
  const described = (amount: bigint | null, reset: string) => ({
    usage_limit: amount === null ? null : formatUsd(amount),
    usage_limit_reset: reset,
  });
  return {
    before: described(current?.limit ?? null, current?.period ?? "none"),
    after: described(limit, period),
  };
}
