import { costOf, type Usage } from "@/lib/catalog/price";
import { minUsd, type Usd, usd, ZERO_USD } from "@/lib/core/money";
import type { Hold } from "@/lib/gateway/admit";
import { countTokens } from "@/lib/gateway/count-tokens";
import type { ModelRequest } from "@/lib/gateway/parse";
import { type Attempt, creditsShare } from "@/lib/gateway/plan";
import type { Charge } from "@/lib/gateway/settlement-statement";
import type { Tapped } from "@/lib/gateway/tap";

/** What the request used, and what that comes to. */
export interface Metered {
  usage: Usage;
  /** At list price, at most the hold. */
  cost: Usd;
  /** Taken from credits: the cost, or the fee for routing it with the customer's own key. */
  charged: Usd;
  /** What the usage costs beyond the hold: the operator's, never the customer's. */
  operatorLoss: Usd;
  charges: Charge[];
}

const NOTHING: Usage = {
  promptTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  completionTokens: 0,
  reasoningTokens: 0,
  estimated: false,
};

/** Whether an answer may come of which nothing was generated: vectors, or the prompt alone. */
function mayGenerateNothing({ maxTokens, echoes }: ModelRequest): boolean {
  return maxTokens === 0 || echoes > 0;
}

/**
 * The reported usage, or else what the text counts; nothing when nothing was produced. A report of no completion beside
 * one that was generated was made before it, so what came since is counted.
 */
export function usageOf(request: ModelRequest, tapped: Tapped): Usage | Promise<Usage> {
  const { usage, produced } = tapped;
  if (!produced) return usage ?? NOTHING;
  if (usage && (usage.completionTokens > 0 || (usage.promptTokens > 0 && mayGenerateNothing(request)))) return usage;
  return countUsage(request, tapped);
}

async function countUsage(request: ModelRequest, { usage, text }: Tapped): Promise<Usage> {
  const reportedPrompt = usage?.promptTokens ?? 0;
  const promptTokens =
    reportedPrompt > 0 ? reportedPrompt : (await countTokens(request.promptText())) + request.tokensBesideText;
  const generated = request.maxTokens === 0 ? 0 : (await countTokens(text)) - request.echoes * promptTokens;
  return {
    ...(usage ?? NOTHING),
    promptTokens,
    completionTokens: Math.max(mayGenerateNothing(request) ? 0 : 1, generated),
    estimated: true,
  };
}

/** What was written for an hour, where the provider does not say and the request asked for it: all of what was written. */
function withHours(usage: Usage, { price }: Attempt, { plan }: Hold): Usage {
  return plan.cachesForAnHour && price.cacheWriteHour !== undefined && usage.cacheWriteHourTokens === undefined
    ? { ...usage, cacheWriteHourTokens: usage.cacheWriteTokens }
    : usage;
}

/** Turns what was used into money: never above the hold, never zero once tokens were produced and have a price. */
export function meter(usage: Usage, attempt: Attempt, hold: Hold): Metered {
  const whole = costOf(withHours(usage, attempt, hold), attempt.price);
  const cost = minUsd(whole, hold.amount);
  const charged = minUsd(creditsShare(cost, attempt), hold.creditsAmount);
  const charges: Charge[] = [];
  for (const { id, unit, kind } of hold.meters) {
    if (unit === "usd") charges.push({ meterId: id, amount: kind === "credits" ? charged : cost });
    else if (unit === "tokens")
      charges.push({ meterId: id, amount: BigInt(usage.promptTokens + usage.completionTokens) });
  }
  return { usage, cost, charged, operatorLoss: attempt.billedTo === "credits" ? usd(whole - cost) : ZERO_USD, charges };
}
