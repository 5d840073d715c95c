import type { Crossing } from "@/lib/alerts/threshold-store";
import { formatUsd } from "@/lib/core/money";
import type { MeterPeriod, MeterSubject } from "@/lib/infra/prisma-client/client";

const PERIODS: Record<MeterPeriod, string> = {
  none: "in total",
  minute: "a minute",
  daily: "a day",
  weekly: "a week",
  monthly: "a month",
  interval: "in each period",
};

const SUBJECTS: Record<MeterSubject, (name: string) => string> = {
  organization: (name) => `The organisation ${name}`,
  project: (name) => `The project ${name}`,
  api_key: (name) => `The key ${name}`,
  member: (name) => `${name}, as a member,`,
  end_user: (name) => `The end user ${name}`,
};

/** What it has a limit of. */
const limitOf = (subject: MeterSubject) => (subject === "end_user" ? "their budget" : "its spend limit");

const clock = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

/** What an alert about a threshold says: a title of one line, and what follows from it. */
export function thresholdWords(
  crossing: Pick<Crossing, "subject" | "kind" | "period" | "limit" | "used" | "resetsAt" | "threshold">,
  name: string,
): { title: string; text: string } {
  const { subject, kind, period, limit, used, resetsAt, threshold } = crossing;
  if (kind === "credits") {
    const left = formatUsd(limit > used ? limit - used : 0n);
    if (threshold === 0n) {
      return {
        title: `The credits of ${name} are used up`,
        text: `$${left} is left. Calls that credits pay for are refused until there are more; calls with own provider keys go on.`,
      };
    }
    return {
      title: `The credits of ${name} are low: $${left} left`,
      text: `The balance has fallen to $${formatUsd(threshold)} or below. When nothing is left, calls that credits pay for are refused.`,
    };
  }
  const whose = SUBJECTS[subject](name);
  const sums = `$${formatUsd(used)} of $${formatUsd(limit)} ${PERIODS[period]} used.`;
  const again =
    resetsAt === null ? "It does not start again by itself." : `It starts again at ${clock.format(resetsAt)} UTC.`;
  if (threshold >= 100n) {
    return { title: `${whose} has reached ${limitOf(subject)}`, text: `${sums} Calls beyond it are refused. ${again}` };
  }
  return { title: `${whose} has used ${threshold} % of ${limitOf(subject)}`, text: `${sums} ${again}` };
}
