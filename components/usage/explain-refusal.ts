import { z } from "zod";
import { formatMoney } from "@/components/ui/money";
import { minuteTime } from "@/components/ui/time";
import { formatUsd, parseUsd, usd } from "@/lib/core/money";
import type { Receipt } from "@/lib/usage/requests";

export interface Explanation {
  /** What happened, in a few words. */
  title: string;
  /** Why, with the figures. */
  text: string;
  /** Where it can be changed. */
  remedy?: { label: string; page: "/keys" | "/providers" | "/settings" | "/billing" };
}

/** What admission writes down about the meter that refused (lib/gateway/admit.ts). */
const meterFacts = z.object({
  meter: z.string(),
  unit: z.enum(["usd", "requests", "tokens"]),
  limit: z.string(),
  used: z.string(),
  held: z.string(),
  needed: z.string().optional(),
  resets_at: z.string().nullable().optional(),
});
type MeterFacts = z.infer<typeof meterFacts>;

const DAY_MS = 86_400_000;

function amount(facts: MeterFacts, value: string): string {
  return facts.unit === "usd" ? formatMoney(value) : `${value} ${facts.unit}`;
}

/** "tomorrow 00:00 UTC" where that is what it was when the call was refused, else the date. */
function resetWords(resetsAt: string, refusedAt: string): string {
  const days = Math.floor(Date.parse(resetsAt) / DAY_MS) - Math.floor(Date.parse(refusedAt) / DAY_MS);
  const time = `${resetsAt.slice(11, 16)} UTC`;
  if (days === 0) return `at ${time} the same day`;
  return days === 1 ? `the day after at ${time}` : `on ${minuteTime(resetsAt)}`;
}

/** "limit of $5.00 reached: used $4.98, held $0.01, this call may need up to $0.02; starts again …". */
export function meterSentence(facts: MeterFacts, refusedAt: string): string {
  const parts = [`used ${amount(facts, facts.used)}`, `held ${amount(facts, facts.held)}`];
  if (facts.needed !== undefined) parts.push(`this call may need up to ${amount(facts, facts.needed)}`);
  const reset = facts.resets_at ? `; it starts again ${resetWords(facts.resets_at, refusedAt)}` : "";
  return `Limit of ${amount(facts, facts.limit)} reached: ${parts.join(", ")}${reset}.`;
}

const CREDITS = "organization.credits";

/** "$0.0018 of credits are left, and this call may need up to $0.0098." */
function creditsSentence(facts: MeterFacts): string {
  const left = parseUsd(facts.limit) - parseUsd(facts.used) - parseUsd(facts.held);
  const held = parseUsd(facts.held) > 0n ? `, beside ${formatMoney(facts.held)} held for calls that run` : "";
  const needed = facts.needed === undefined ? "" : ` This call may need up to ${formatMoney(facts.needed)}.`;
  return left < 0n
    ? `The credits are ${formatMoney(formatUsd(usd(-left)))} below zero: more was refunded or disputed than was left.${needed}`
    : `${formatMoney(formatUsd(usd(left)))} of credits are left${held}.${needed}`;
}

/** What each code means to the person who owns the key; the rest is said by the message of the answer. */
const TITLES: Record<string, { title: string; remedy?: Explanation["remedy"] }> = {
  key_limit_reached: {
    title: "The key's spend limit has no room for this call",
    remedy: { label: "Change the limit", page: "/keys" },
  },
  insufficient_credits: {
    title: "The organisation's credits do not cover this call",
    remedy: { label: "Add credits", page: "/billing" },
  },
  budget_exceeded: { title: "A budget has no room for this call" },
  rate_limited: { title: "Too many calls in this minute", remedy: { label: "Change the rate limit", page: "/keys" } },
  provider_key_missing: {
    title: "There is no key for this provider",
    remedy: { label: "Add a provider key", page: "/providers" },
  },
  key_inactive: { title: "The key is disabled", remedy: { label: "Go to the key", page: "/keys" } },
  key_expired: { title: "The key has expired", remedy: { label: "Change the expiry", page: "/keys" } },
  insufficient_scope: { title: "The key lacks the scope for this", remedy: { label: "Go to the key", page: "/keys" } },
  iam_denied: { title: "A rule denied this call" },
  model_not_found: { title: "There is no model by this name" },
  unsupported_endpoint: { title: "This endpoint does not call models of this kind" },
  model_unpriced: {
    title: "This model has no price, so it cannot be paid from credits",
    remedy: { label: "Change the mode", page: "/settings" },
  },
  client_closed_request: { title: "The caller left before the answer was complete" },
  upstream_error: { title: "The provider failed" },
  upstream_auth: {
    title: "The provider refused its key",
    remedy: { label: "Check the provider key", page: "/providers" },
  },
  upstream_timeout: { title: "The provider took too long" },
  upstream_rate_limited: { title: "The provider is limiting its rate" },
};

/**
 * Why a request did not go through, in words for the person who can change it; null when it did. Figures are as they
 * stood when it was refused. `mayPay`: whether the reader may add credits; who may not is told who may.
 */
export function explainRefusal(
  receipt: Pick<Receipt, "status" | "outcome" | "errorCode" | "errorMessage" | "refusal" | "createdAt">,
  mayPay: boolean,
): Explanation | null {
  if (receipt.outcome === "lost") {
    return {
      title: "The server stopped while this call was running",
      text: "What was held for it has been given back, and nothing was charged.",
    };
  }
  if (receipt.errorCode === null) return null;
  const known = TITLES[receipt.errorCode];
  const facts = meterFacts.safeParse(receipt.refusal).data;
  const why = facts ? refusedBy(facts, receipt.createdAt) : (receipt.errorMessage ?? "No more is known about it.");
  const needsPayer = known?.remedy?.page === "/billing" && !mayPay;
  return {
    title: known?.title ?? `The call was answered with ${receipt.status}`,
    text: needsPayer ? `${why} Owners, admins and billing members of the organisation can add credits.` : why,
    ...(known?.remedy && !needsPayer ? { remedy: known.remedy } : {}),
  };
}

function refusedBy(facts: MeterFacts, refusedAt: string): string {
  return facts.meter === CREDITS ? creditsSentence(facts) : meterSentence(facts, refusedAt);
}
