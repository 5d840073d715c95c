import { formatUsd } from "@/lib/core/money";
import { type RuleView, ruleView } from "@/lib/iam/rule-view";
import type { Meter } from "@/lib/infra/prisma-client/client";
import { meterAt, readMeters } from "@/lib/meters/store";
import type { ProjectMode, Retention } from "@/lib/projects/schemas";
import { findProjectPage, findProjectRow, type ProjectRow } from "@/lib/projects/store";

/** A project with its limit and its rules. Amounts are USD as decimal strings, times ISO 8601. */
export interface ProjectDetails {
  id: string;
  organizationId: string;
  name: string;
  mode: ProjectMode;
  retention: Retention;
  cacheTtlSeconds: number | null;
  isDefault: boolean;
  usageLimit: string | null;
  usageLimitReset: Meter["period"];
  /** What was spent since a limit was first set; null: none ever was. */
  usage: string | null;
  /** null: no limit. */
  limitRemaining: string | null;
  rules: RuleView[];
  createdAt: string;
}

/** A page of the live projects of one organisation, or of all (null), newest first. */
export async function listProjectDetails(
  { organizationId, skip, limit }: { organizationId: string | null; skip: number; limit: number },
  now = new Date(),
): Promise<ProjectDetails[]> {
  const rows = await findProjectPage(organizationId, skip, limit);
  const meters = await readMeters(
    "project",
    rows.map(({ id }) => id),
  );
  const byProject = new Map(meters.map((meter) => [meter.subjectId, meter]));
  return rows.map((row) => details(row, byProject.get(row.id), now));
}

/** One live project; null when it is not there or deleted. */
export async function readProjectDetails(projectId: string, now = new Date()): Promise<ProjectDetails | null> {
  const row = await findProjectRow(projectId);
  if (!row) return null;
  const [meter] = await readMeters("project", [row.id]);
  return details(row, meter, now);
}

function details(row: ProjectRow, meter: Meter | undefined, now: Date): ProjectDetails {
  const remaining = meter ? meterAt(meter, now).remaining : null;
  return {
    id: row.id,
    organizationId: row.organizationId,
    name: row.name,
    mode: row.mode,
    retention: row.retention,
    cacheTtlSeconds: row.cacheTtlSeconds,
    isDefault: row.isDefault,
    usageLimit: meter?.limit == null ? null : formatUsd(meter.limit),
    usageLimitReset: meter?.period ?? "none",
    usage: meter ? formatUsd(meter.total) : null,
    limitRemaining: remaining === null ? null : formatUsd(remaining),
    rules: row.iamRules.map(ruleView),
    createdAt: row.createdAt.toISOString(),
  };
}
