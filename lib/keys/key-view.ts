import { isRecord } from "@/lib/core/is-record";
import { formatUsd } from "@/lib/core/money";
import { type RuleView, ruleView } from "@/lib/iam/rule-view";
import type { KeyEnvironment, Meter } from "@/lib/infra/prisma-client/client";
import { type OldSecretView, oldSecretView } from "@/lib/keys/old-secret";
import type { UsageLimitReset } from "@/lib/keys/schemas";
import type { KeyRow } from "@/lib/keys/store";
import { meterAt } from "@/lib/meters/store";

/** A key as pages and components see it. Amounts are USD as decimal strings, times ISO 8601. Never the key itself. */
export interface KeyView {
  id: string;
  projectId: string;
  name: string;
  /** First 12 and last 4 characters of the newest secret. */
  preview: string;
  /** The secret before, while it works; null: there is none. */
  oldSecret: OldSecretView | null;
  environment: KeyEnvironment;
  status: "active" | "inactive";
  isExpired: boolean;
  scopes: string[];
  /** Since the key was made. */
  usage: string;
  usageLimit: string | null;
  usageLimitReset: UsageLimitReset;
  /** In the window that runs now. */
  limitUsed: string;
  /** Set aside for requests that are running. */
  limitHeld: string;
  /** null: no limit. */
  limitRemaining: string | null;
  /** When the window ends; null: never. */
  resetsAt: string | null;
  rateLimitRpm: number | null;
  rateLimitTpm: number | null;
  createdById: string | null;
  createdAt: string;
  lastUsedAt: string | null;
  expiresAt: string | null;
  /** The end user that it belongs to, as our customer names them. */
  endUser: string | null;
  rules: RuleView[];
  metadata: Record<string, unknown>;
}

/** Puts a key and its meters, as they stand at `now`, in the form that is shown. */
export function keyView(key: KeyRow, meters: readonly Meter[], now: Date): KeyView {
  const spend = meters.find((meter) => meter.kind === "spend" && meter.unit === "usd");
  const standing = spend ? meterAt(spend, now) : { used: 0n, held: 0n, remaining: null, resetsAt: null };
  const rate = (unit: "requests" | "tokens") => {
    const limit = meters.find((meter) => meter.kind === "rate" && meter.unit === unit)?.limit ?? null;
    return limit === null ? null : Number(limit);
  };
  const secret = key.secrets[0];
  return {
    id: key.id,
    projectId: key.projectId,
    name: key.name,
    preview: secret ? `${secret.prefix}…${secret.lastFour}` : "",
    oldSecret: oldSecretView(key.secrets, now),
    environment: key.environment,
    status: key.status === "active" ? "active" : "inactive",
    isExpired: key.expiresAt !== null && key.expiresAt <= now,
    scopes: key.scopes,
    usage: formatUsd(spend?.total ?? 0n),
    usageLimit: spend?.limit == null ? null : formatUsd(spend.limit),
    usageLimitReset: resetOf(spend),
    limitUsed: formatUsd(standing.used),
    limitHeld: formatUsd(standing.held),
    limitRemaining: standing.remaining === null ? null : formatUsd(standing.remaining),
    resetsAt: standing.resetsAt?.toISOString() ?? null,
    rateLimitRpm: rate("requests"),
    rateLimitTpm: rate("tokens"),
    createdById: key.createdById,
    createdAt: key.createdAt.toISOString(),
    lastUsedAt: spend?.lastUsedAt?.toISOString() ?? null,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    endUser: key.endUser?.externalId ?? null,
    rules: key.iamRules.map(ruleView),
    metadata: isRecord(key.metadata) ? key.metadata : {},
  };
}

/** A key's spend limit knows these periods only; any other was not set here. */
function resetOf(spend: Meter | undefined): UsageLimitReset {
  switch (spend?.period) {
    case "daily":
    case "weekly":
    case "monthly":
      return spend.period;
    default:
      return "none";
  }
}
