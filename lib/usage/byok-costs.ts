import { formatUsd } from "@/lib/core/money";
import { windowAt } from "@/lib/meters/window";
import { findByokCosts } from "@/lib/usage/store";

/**
 * What a project's calls with own provider keys come to at list price this UTC month, by provider: USD as decimal strings.
 * A provider without such calls is left out.
 */
export async function readByokCosts(
  of: { organizationId: string; projectId: string },
  now = new Date(),
): Promise<Record<string, string>> {
  const { start } = windowAt("monthly", now);
  const rows = await findByokCosts(of, start ?? now);
  return Object.fromEntries(rows.map(({ provider, cost }) => [provider, formatUsd(cost)]));
}
