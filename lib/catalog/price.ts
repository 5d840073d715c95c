import { type Usd, usd } from "@/lib/core/money";

/** What one token costs, in nano-dollars per million of its kind. */
export interface Rates {
  input: bigint;
  output: bigint;
  /** Prompt tokens read from the provider's cache; absent: as input. */
  cachedInput?: bigint;
  /** Prompt tokens written to it; absent: as input. */
  cacheWrite?: bigint;
  /**
   * Prompt tokens written to it for an hour in place of five minutes; absent: as `cacheWrite`. Anthropic asks 2 times the
   * input for an hour, 1.25 times for minutes (platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing).
   */
  cacheWriteHour?: bigint;
}

/** What a request costs whose prompt has more than `above` tokens: all of it, not only what is beyond. */
export interface PriceTier extends Rates {
  above: number;
}

/**
 * What a provider asks. Long prompts are dearer at some: Gemini above 200,000 tokens (ai.google.dev/gemini-api/docs/pricing),
 * GPT-5.4 and later from 272,000 on (developers.openai.com/api/docs/pricing), Grok from 200,000 on (docs.x.ai), Claude
 * Sonnet 4.5 above 200,000 (platform.claude.com/docs/en/about-claude/pricing). Each of them prices the whole request so.
 */
export interface Price extends Rates {
  /** In ascending order of `above`; the last one that the prompt exceeds holds. */
  tiers?: readonly PriceTier[];
  /** For the request itself, in nano-dollars, whatever it holds: what Perplexity asks for its search. */
  request?: bigint;
}

/** Tokens of one answer. Cached and cache-write tokens are part of the prompt's, reasoning tokens of the completion's. */
export interface Usage {
  promptTokens: number;
  cachedTokens: number;
  cacheWriteTokens: number;
  /** Of `cacheWriteTokens`, those kept for an hour; absent: the provider does not tell them apart. */
  cacheWriteHourTokens?: number;
  completionTokens: number;
  reasoningTokens: number;
  /** True when the provider did not say and the text was counted. */
  estimated: boolean;
}

const PER_MILLION = 1_000_000n;
const NO_TIERS: readonly PriceTier[] = [];

const DECIMAL = /^(\d+)(?:\.(\d{1,9}))?$/;

/** Reads `"0.15"` (USD per million tokens) as nano-dollars per million tokens, exactly. @throws RangeError for anything else. */
export function perMillion(decimal: string): bigint {
  const [, whole, fraction = ""] = DECIMAL.exec(decimal) ?? [];
  if (whole === undefined) throw new RangeError(`${decimal} is no price to the nano-dollar`);
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
}

/** The rates that hold for a request with so many prompt tokens: the price's own, or those of the tier that it exceeds. */
export function ratesFor(promptTokens: number, price: Price): Rates {
  let rates: Rates = price;
  for (const tier of price.tiers ?? NO_TIERS) {
    if (promptTokens <= tier.above) break;
    rates = tier;
  }
  return rates;
}

/** The cost of `usage` at `price`: the only place where usage becomes money; rounds once, up. */
export function costOf(usage: Usage, price: Price): Usd {
  const rates = ratesFor(usage.promptTokens, price);
  // A provider that counts a token twice does not make it two: the parts are never more than the prompt.
  const cached = Math.min(usage.cachedTokens, usage.promptTokens);
  const written = Math.min(usage.cacheWriteTokens, usage.promptTokens - cached);
  const writtenForAnHour = Math.min(usage.cacheWriteHourTokens ?? 0, written);
  const cacheWrite = rates.cacheWrite ?? rates.input;
  return roundedUp(
    BigInt(usage.promptTokens - cached - written) * rates.input +
      BigInt(cached) * (rates.cachedInput ?? rates.input) +
      BigInt(written - writtenForAnHour) * cacheWrite +
      BigInt(writtenForAnHour) * (rates.cacheWriteHour ?? cacheWrite) +
      BigInt(usage.completionTokens) * rates.output +
      forRequest(price),
  );
}

/**
 * The most that up to so many prompt and completion tokens can cost at `price`, however the prompt is cached, and not
 * for an hour where `writesForAnHour` is false. A shorter prompt than the bound may fall into a lower tier, so it is the dearest of all
 * tiers that the prompt can reach.
 */
export function upperBound(promptTokens: number, completionTokens: number, price: Price, writesForAnHour = true): Usd {
  const prompt = BigInt(promptTokens);
  const completion = BigInt(completionTokens);
  let most = prompt * dearestInput(price, writesForAnHour) + completion * price.output;
  for (const tier of price.tiers ?? NO_TIERS) {
    if (promptTokens <= tier.above) break;
    const sum = prompt * dearestInput(tier, writesForAnHour) + completion * tier.output;
    if (sum > most) most = sum;
  }
  return roundedUp(most + forRequest(price));
}

/**
 * How many completion tokens `budget` pays for beside so many prompt tokens: the most whose `upperBound` is within it.
 * Below zero: not even the prompt.
 */
export function affordableTokens(budget: bigint, promptTokens: number, price: Price, writesForAnHour = true): number {
  const available = budget * PER_MILLION - forRequest(price);
  let fewest = affordableAt(available, promptTokens, price, writesForAnHour);
  for (const tier of price.tiers ?? NO_TIERS) {
    if (promptTokens <= tier.above) break;
    fewest = Math.min(fewest, affordableAt(available, promptTokens, tier, writesForAnHour));
  }
  return fewest;
}

function affordableAt(available: bigint, promptTokens: number, rates: Rates, writesForAnHour: boolean): number {
  const rest = available - BigInt(promptTokens) * dearestInput(rates, writesForAnHour);
  if (rest < 0n) return -1;
  return rates.output === 0n ? Number.MAX_SAFE_INTEGER : Math.min(Number(rest / rates.output), Number.MAX_SAFE_INTEGER);
}

function forRequest(price: Price): bigint {
  return price.request === undefined ? 0n : price.request * PER_MILLION;
}

function dearestInput(rates: Rates, writesForAnHour: boolean): bigint {
  let dearest = rates.input;
  if (rates.cachedInput !== undefined && rates.cachedInput > dearest) dearest = rates.cachedInput;
  if (rates.cacheWrite !== undefined && rates.cacheWrite > dearest) dearest = rates.cacheWrite;
  if (writesForAnHour && rates.cacheWriteHour !== undefined && rates.cacheWriteHour > dearest)
    dearest = rates.cacheWriteHour;
  return dearest;
}

function roundedUp(sum: bigint): Usd {
  return usd((sum + PER_MILLION - 1n) / PER_MILLION);
}
