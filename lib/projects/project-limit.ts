import { formatUsd } from "@/lib/core/money";
import { type UsageLimitReset, usageLimitResets } from "@/lib/keys/schemas";
import { meterAt, readMeters } from "@/lib/meters/store";

/** What all keys of a project together may spend and have spent. Amounts are USD as decimal strings, times ISO 8601. */
export interface ProjectLimit {
  usageLimit: string | null;
  usageLimitReset: UsageLimitReset;
  /** Since a limit was first set; counted from then on. */
  usage: string;
  /** In the window that runs now. */
  limitUsed: string;
  limitHeld: string;
  limitRemaining: string | null;
  resetsAt: string | null;
}

/** The limit of a project; without one, all is zero and null. Who may see it is the caller's to check. */
export async function readProjectLimit(projectId: string, now = new Date()): Promise<ProjectLimit> {
  const [meter] = (await readMeters("project", [projectId])).filter(({ kind }) => kind === "spend");
  const standing = meter ? meterAt(meter, now) : null;
  return {
    usageLimit: meter?.limit == null ? null : formatUsd(meter.limit),
    usageLimitReset: usageLimitResets.find((reset) => reset === meter?.period) ?? "none",
    usage: formatUsd(meter?.total ?? 0n),
    limitUsed: formatUsd(standing?.used ?? 0n),
    limitHeld: formatUsd(standing?.held ?? 0n),
    limitRemaining: standing?.remaining == null ? null : formatUsd(standing.remaining),
    resetsAt: standing?.resetsAt?.toISOString() ?? null,
  };
}
