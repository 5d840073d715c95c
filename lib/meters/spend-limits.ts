import { formatUsd, type Usd } from "@/lib/core/money";
import type { Meter } from "@/lib/infra/prisma-client/client";
import { findMembersByName } from "@/lib/meters/spend-limit-store";
import { meterAt, readMeters } from "@/lib/meters/store";

/** The periods that an organisation and each of its members may have a spend limit for, side by side. */
export const LIMITED_PERIODS = ["daily", "monthly"] as const;
export type LimitedPeriod = (typeof LIMITED_PERIODS)[number];

/** null: not limited. */
export type SpendLimits = Readonly<Record<LimitedPeriod, Usd | null>>;

/** A spend limit as it stands; amounts are USD as decimal strings, at list price, whoever pays. */
export interface SpendLimitView {
  /** null: not limited, and not counted. */
  limit: string | null;
  used: string;
  held: string;
  /** ISO 8601. */
  resetsAt: string | null;
}

/** Whose limits, and what they are. */
export interface SpenderView {
  /** The member; null: the whole organisation. */
  memberId: string | null;
  name: string;
  limits: Readonly<Record<LimitedPeriod, SpendLimitView>>;
}

/** What is shown of a subject's limit in one period, out of meters that theirs is among. */
function viewOf(meters: readonly Meter[], subjectId: string, period: LimitedPeriod, now: Date): SpendLimitView {
  const meter = meters.find(
    (candidate) => candidate.subjectId === subjectId && candidate.kind === "spend" && candidate.period === period,
  );
  if (!meter || meter.limit === null) return { limit: null, used: "0.00", held: "0.00", resetsAt: null };
  const { used, held, resetsAt } = meterAt(meter, now);
  return {
    limit: formatUsd(meter.limit),
    used: formatUsd(used),
    held: formatUsd(held),
    resetsAt: resetsAt?.toISOString() ?? null,
  };
}

function limitsOf(meters: readonly Meter[], subjectId: string, now: Date): SpenderView["limits"] {
  return { daily: viewOf(meters, subjectId, "daily", now), monthly: viewOf(meters, subjectId, "monthly", now) };
}

/** The spend limits of an organisation as a whole, or of one member (null: not of one), as they stand at `now`. */
export async function readLimitsOf(
  organizationId: string,
  memberId: string | null,
  now: Date = new Date(),
): Promise<SpenderView["limits"]> {
  const meters = await (memberId === null
    ? readMeters("organization", [organizationId])
    : readMeters("member", [memberId]));
  return limitsOf(meters, memberId ?? organizationId, now);
}

/** The spend limits of an organisation as a whole and of each of its members, as they stand at `now`. */
export async function readSpendLimits(
  organization: { id: string; name: string },
  now: Date = new Date(),
): Promise<SpenderView[]> {
  const members = await findMembersByName(organization.id);
  const meters = [
    ...(await readMeters("organization", [organization.id])),
    ...(await readMeters(
      "member",
      members.map(({ id }) => id),
    )),
  ];
  return [
    { memberId: null, name: organization.name, limits: limitsOf(meters, organization.id, now) },
    ...members.map(({ id, name }) => ({ memberId: id, name, limits: limitsOf(meters, id, now) })),
  ];
}
