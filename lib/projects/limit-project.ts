import { formatUsd, type Usd } from "@/lib/core/money";
import type { Tx } from "@/lib/infra/db";
import type { UsageLimitReset } from "@/lib/keys/schemas";
import { createMeter, findMeter, setMeterLimit } from "@/lib/meters/store";

/**
 * Sets what all keys of a project together may spend; what is left out stays. The meter is made when a limit is first
 * set and counts from then on, so that requests of projects without one have none to lock. To be called once the keys are
 * locked and their versions bumped (lock order). Answers the limit as it was and as it is, for the audit trail.
 */
export async function limitProject(
  tx: Tx,
  project: { id: string; organizationId: string },
  wantedLimit: Usd | null | undefined,
  wantedReset: UsageLimitReset | undefined,
) {
  const name = { subject: "project", subjectId: project.id, kind: "spend", unit: "usd" } as const;
  const current = await findMeter(tx, name);
  const limit = wantedLimit === undefined ? (current?.limit ?? null) : wantedLimit;
  const period = wantedReset ?? current?.period ?? "none";
  if (current) await setMeterLimit(tx, current.id, limit, period);
  else if (limit !== null) await createMeter(tx, { ...name, organizationId: project.organizationId, limit, period });
  const described = (amount: bigint | null, reset: string) => ({
    usage_limit: amount === null ? null : formatUsd(amount),
    usage_limit_reset: reset,
  });
  return {
    before: described(current?.limit ?? null, current?.period ?? "none"),
    after: described(limit, period),
  };
}
