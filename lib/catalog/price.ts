import { type Usd, usd } from "@/lib/core/money";

/** What a provider asks, in nano-dollars per million tokens. */
export interface Price {
  input: bigint;
  output: bigint;
  /** Prompt tokens read from the provider's cache; absent: as input. */
  cachedInput?: bigint;
  /** Prompt tokens written to it; absent: as input. */
  cacheWrite?: bigint;
}

/** Tokens of one answer. Cached and cache-write tokens are part of the prompt's, reasoning tokens of the completion's. */
export interface Usage {
  promptTokens: number;
  cachedTokens: number;
  cacheWriteTokens: number;
  completionTokens: number;
  reasoningTokens: number;
  /** True when the provider did not say and the text was counted. */
  estimated: boolean;
}

const PER_MILLION = 1_000_000n;

/** Reads `"0.15"` (USD per million tokens) as nano-dollars per million tokens. */
export function perMillion(decimal: string): bigint {
  const [whole = "0", fraction = ""] = decimal.split(".");
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9));
}

/** The cost of `usage` at `price`: the only place where usage becomes money; rounds once, up. */
export function costOf(usage: Usage, price: Price): Usd {
  const cached = BigInt(Math.min(usage.cachedTokens, usage.promptTokens));
  // A provider that counts a token twice does not make it two: the parts are never more than the prompt.
  const written = BigInt(Math.min(usage.cacheWriteTokens, usage.promptTokens - Number(cached)));
  const plain = BigInt(usage.promptTokens) - cached - written;
  return roundedUp(
    plain * price.input +
      cached * (price.cachedInput ?? price.input) +
      written * (price.cacheWrite ?? price.input) +
      BigInt(usage.completionTokens) * price.output,
  );
}

/** The most that so many prompt and completion tokens can cost at `price`, however the prompt is cached. */
export function upperBound(promptTokens: number, completionTokens: number, price: Price): Usd {
  return roundedUp(BigInt(promptTokens) * dearestInput(price) + BigInt(completionTokens) * price.output);
}

/**
 * How many completion tokens `budget` pays for beside so many prompt tokens: the most whose `upperBound` is within it.
 * Below zero: not even the prompt.
 */
export function affordableTokens(budget: bigint, promptTokens: number, price: Price): number {
  const rest = budget * PER_MILLION - BigInt(promptTokens) * dearestInput(price);
  if (rest < 0n) return -1;
  return price.output === 0n ? Number.MAX_SAFE_INTEGER : Math.min(Number(rest / price.output), Number.MAX_SAFE_INTEGER);
}

function dearestInput(price: Price): bigint {
  let dearest = price.input;
  if (price.cachedInput !== undefined && price.cachedInput > dearest) dearest = price.cachedInput;
  if (price.cacheWrite !== undefined && price.cacheWrite > dearest) dearest = price.cacheWrite;
  return dearest;
}

function roundedUp(sum: bigint): Usd {
  return usd((sum + PER_MILLION - 1n) / PER_MILLION);
}
