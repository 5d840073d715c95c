import { type Usd, usd } from "@/lib/core/money";
import { windowAt } from "@/lib/meters/window";
import { sumKeyUsage } from "@/lib/usage/store";

/** At list price, by the time at which requests began. */
export interface KeyUsage {
  /** Since the key was made. */
  ever: Usd;
  /** Since 00:00 UTC. */
  daily: Usd;
  /** Since Monday, 00:00 UTC. */
  weekly: Usd;
  /** Since the first of the month, 00:00 UTC. */
  monthly: Usd;
}

/** What a key has used, out of the hourly rollups: all of it, and the part that own provider keys served. */
export async function readKeyUsage(
  key: { organizationId: string; projectId: string; keyId: string },
  now = new Date(),
): Promise<{ all: KeyUsage; byok: KeyUsage }> {
  const startOf = (period: "daily" | "weekly" | "monthly") => windowAt(period, now).start ?? now;
  const sums = await sumKeyUsage(key, {
    day: startOf("daily"),
    week: startOf("weekly"),
    month: startOf("monthly"),
  });
  return {
    all: {
      ever: usd(sums.ever),
      daily: usd(sums.daily),
      weekly: usd(sums.weekly),
      monthly: usd(sums.monthly),
    },
    byok: {
      ever: usd(sums.byok_ever),
      daily: usd(sums.byok_daily),
      weekly: usd(sums.byok_weekly),
      monthly: usd(sums.byok_monthly),
    },
  };
}
