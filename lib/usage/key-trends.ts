import { sumKeyDays } from "@/lib/usage/key-usage-store";

const DAY_MS = 86_400_000;
export const TREND_DAYS = 14;

/** Calls of each of the last 14 UTC days, oldest first, by the id of each key of a project that was called. One query. */
export async function readKeyTrends(
  { organizationId, projectId }: { organizationId: string; projectId: string },
  now = new Date(),
): Promise<Record<string, number[]>> {
  const first = (Math.floor(now.getTime() / DAY_MS) - TREND_DAYS + 1) * DAY_MS;
  const rows = await sumKeyDays(organizationId, projectId, new Date(first));
  const trends: Record<string, number[]> = {};
  for (const { key_id: keyId, day, requests } of rows) {
    const days = trends[keyId] ?? Array.from({ length: TREND_DAYS }, () => 0);
    const place = (day.getTime() - first) / DAY_MS;
    if (place < TREND_DAYS) days[place] = Number(requests);
    trends[keyId] = days;
  }
  return trends;
}
