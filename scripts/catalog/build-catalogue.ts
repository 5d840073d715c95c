import type { CatalogueFile } from "@/lib/catalog/models";
import { perMillion } from "@/lib/catalog/price";
import { PROVIDER_IDS } from "@/lib/providers/provider";
import {
  CURATED_MODELS,
  type CuratedModel,
  type CuratedOffer,
  OPENROUTER_OTHER,
  OPENROUTER_VENDORS,
  PRICES_AS_OF,
  SHUT_DOWN,
} from "@/scripts/catalog/curation";
import {
  genaiModel,
  genaiNames,
  type SourceModel,
  type SourcePrice,
  type SourceRates,
  tokenlensModel,
} from "@/scripts/catalog/sources";

type FileModel = CatalogueFile["models"][number];
type FileOffer = FileModel["offers"][number];
type FilePrice = FileOffer["price"];
type Alternative = NonNullable<FileOffer["alternatives"]>[number];

export interface Disagreement {
  /** `provider/name`. */
  offer: string;
  what: string;
  genai: string;
  tokenlens: string;
  taken: string;
}

export interface CatalogueReport {
  disagreements: Disagreement[];
  /** Names that one package alone prices: there is nothing to check them against. */
  unchecked: { genai: string[]; tokenlens: string[] };
  /** What is charged beside tokens and requests, and is in no price of ours. */
  otherCharges: Map<string, string[]>;
  /** Prices that will be others on a known day. */
  changes: { offer: string; date: string }[];
  /** Offers whose price depends on the hour; the dearest is taken. */
  hourly: string[];
  leftOut: { name: string; why: string }[];
}

export interface BuiltCatalogue {
  file: CatalogueFile;
  report: CatalogueReport;
}

const PARTS = ["input", "output", "cachedInput", "cacheWrite", "cacheWriteHour"] as const;

/** Nano-dollars as USD, without zeros at the end. */
export function decimal(nano: bigint): string {
  const digits = nano.toString().padStart(10, "0");
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, "");
}

/** Whether `rounded` is `exact` rounded to the decimals that it shows, two at least: 0.08 says the same as 0.075. */
function saysTheSame(exact: bigint, rounded: bigint): boolean {
  const decimals = Math.max(2, decimal(rounded).split(".")[1]?.length ?? 0);
  const half = 10n ** BigInt(9 - decimals) / 2n;
  const apart = exact > rounded ? exact - rounded : rounded - exact;
  return apart <= half;
}

/** A read from a cache is a discount: a source that has it dearer than the prompt is wrong about it. */
function withoutDearCache<R extends SourceRates>(rates: R): R {
  if (rates.cachedInput === undefined || rates.cachedInput <= rates.input) return rates;
  return { ...rates, cachedInput: undefined };
}

function atLeast<R extends SourceRates>(rates: R, base: SourceRates): R {
  const raised = { ...rates };
  for (const part of PARTS) {
    const floor = base[part];
    const value = raised[part];
    if (floor !== undefined && value !== undefined && floor > value) raised[part] = floor;
  }
  return raised;
}

/** Where the two disagree the dearer price holds, and `found` gets a line; what one alone says holds as it is. */
export function dearer(offer: string, genai: SourcePrice, tokenlens: SourcePrice, found: Disagreement[]): SourcePrice {
  const other = withoutDearCache(tokenlens);
  const price = { ...withoutDearCache(genai) };
  for (const part of PARTS) {
    const ours = price[part];
    const theirs = other[part];
    if (theirs === undefined) continue;
    if (ours === undefined) price[part] = theirs;
    else if (!saysTheSame(ours, theirs)) {
      const [taken = ours] = ours < theirs ? [theirs] : [];
      found.push({ offer, what: part, genai: decimal(ours), tokenlens: decimal(theirs), taken: decimal(taken) });
      price[part] = taken;
    }
  }
  return { ...price, tiers: price.tiers.map((tier) => atLeast(withoutDearCache(tier), price)) };
}

function fileRates(rates: SourceRates): Omit<FilePrice, "tiers" | "request"> {
  const { input, output, cachedInput, cacheWrite, cacheWriteHour } = rates;
  return {
    input: decimal(input),
    output: decimal(output),
    ...(cachedInput === undefined ? {} : { cachedInput: decimal(cachedInput) }),
    ...(cacheWrite === undefined ? {} : { cacheWrite: decimal(cacheWrite) }),
    ...(cacheWriteHour === undefined ? {} : { cacheWriteHour: decimal(cacheWriteHour) }),
  };
}

function filePrice(price: SourcePrice): FilePrice {
  return {
    ...fileRates(price),
    ...(price.tiers.length === 0
      ? {}
      : { tiers: price.tiers.map((tier) => ({ above: tier.above, ...fileRates(tier) })) }),
    ...(price.request === undefined ? {} : { request: decimal(price.request) }),
  };
}

/** Charges that no request can be kept from, and that tokens do not tell. */
const UNPRICEABLE = new Set([
  "output_reasoning_mtok",
  "output_citation_mtok",
  "output_image_mtok",
  "output_video_mtok",
]);

function isFree(price: SourcePrice): boolean {
  return price.input === 0n && price.output === 0n;
}

class Builder {
  readonly report: CatalogueReport = {
    disagreements: [],
    unchecked: { genai: [], tokenlens: [] },
    otherCharges: new Map(),
    changes: [],
    hourly: [],
    leftOut: [],
  };

  /** The price of one offer out of both packages; null, and a line in the report: neither has one that can be used. */
  price({ provider, upstreamModel, atLeast: floor }: CuratedOffer): FilePrice | null {
    const offer = `${provider}/${upstreamModel}`;
    const genai = genaiModel(provider, upstreamModel, PRICES_AS_OF);
    const tokenlens = tokenlensModel(provider, upstreamModel);
    if (genai?.otherCharges.some((charge) => UNPRICEABLE.has(charge)))
      return this.leaveOut(offer, `charges for more than tokens tell: ${genai.otherCharges.join(", ")}`);
    const price = this.agreed(offer, genai, tokenlens);
    if (!price || isFree(price)) return this.leaveOut(offer, "no price in either package");
    const least = floor === undefined ? null : genaiModel(provider, floor, PRICES_AS_OF);
    if (floor !== undefined && !least) throw new Error(`${floor} has no price for ${offer} to stand on`);
    for (const date of genai?.changesOn ?? []) this.report.changes.push({ offer, date });
    if (genai?.dependsOnTheHour) this.report.hourly.push(offer);
    for (const charge of genai?.otherCharges ?? [])
      this.report.otherCharges.set(charge, [...(this.report.otherCharges.get(charge) ?? []), offer]);
    return filePrice(least ? atLeast(price, least.price) : price);
  }

  leaveOut(name: string, why: string): null {
    this.report.leftOut.push({ name, why });
    return null;
  }

  private agreed(offer: string, genai: SourceModel | null, tokenlens: SourceModel | null): SourcePrice | null {
    if (genai && tokenlens) return dearer(offer, genai.price, tokenlens.price, this.report.disagreements);
    if (genai) this.report.unchecked.genai.push(offer);
    else if (tokenlens) this.report.unchecked.tokenlens.push(offer);
    const alone = genai ?? tokenlens;
    return alone && withoutDearCache(alone.price);
  }
}

/** The other names of an offer that the package knows, at the prices that it has for them. */
function alternativesOf(builder: Builder, { provider, alternatives = [] }: CuratedOffer): Alternative[] {
  return alternatives.flatMap((upstreamModel) => {
    if (!genaiModel(provider, upstreamModel, PRICES_AS_OF)) return [];
    const price = builder.price({ provider, upstreamModel });
    return price ? [{ upstreamModel, price: withHourOfClaude(upstreamModel, price) }] : [];
  });
}

function fileOffer(builder: Builder, model: CuratedModel, offer: CuratedOffer): FileOffer[] {
  const { provider, upstreamModel, context, maxOutput } = offer;
  const known = builder.price(offer);
  if (!known) return [];
  const price = withHourOfClaude(upstreamModel, known);
  const alternatives = alternativesOf(builder, offer);
  return [
    {
      provider,
      upstreamModel,
      ...(context === undefined ? {} : { contextWindow: context }),
      ...(maxOutput === undefined ? {} : { maxOutput }),
      // An embedding has no output tokens, whatever they would cost.
      price: model.kind === "embedding" ? { ...price, output: "0" } : price,
      ...(alternatives.length === 0 ? {} : { alternatives }),
    },
  ];
}

/** A snapshot stands for its model only while the package prices both as one. */
function checkSnapshots(model: CuratedModel): void {
  const [first] = model.offers;
  if (!first) throw new Error(`${model.name} has no offer`);
  const known = genaiModel(first.provider, first.upstreamModel, PRICES_AS_OF);
  for (const snapshot of model.snapshots) {
    const same = genaiModel(first.provider, snapshot, PRICES_AS_OF);
    if (!known || known.id !== same?.id) throw new Error(`${snapshot} is not priced as ${model.name}`);
  }
}

function curated(builder: Builder, model: CuratedModel): FileModel[] {
  checkSnapshots(model);
  const offers = model.offers.flatMap((offer) => fileOffer(builder, model, offer));
  if (offers.length === 0) return [];
  return [
    {
      name: model.name,
      vendor: model.vendor,
      kind: model.kind,
      contextWindow: model.context,
      maxOutput: model.maxOutput,
      capabilities: [...model.capabilities],
      input: [...model.input],
      ...(model.aliases.length === 0 ? {} : { aliases: [...model.aliases] }),
      ...(model.snapshots.length === 0 ? {} : { snapshots: [...model.snapshots] }),
      offers,
    },
  ];
}

/** The curated model that OpenRouter's name means: where it is its vendor's own name or another spelling of it. */
function openRouterMeans(name: string, models: readonly FileModel[]): FileModel | undefined {
  const [prefix = "", rest = ""] = name.split("/");
  const vendor = OPENROUTER_VENDORS[prefix];
  return models.find((model) => model.vendor === vendor && (model.name === rest || model.aliases?.includes(rest)));
}

/** Whether the vendor, who alone serves the model to OpenRouter, has shut it down. */
function shutDownAtVendor(name: string): boolean {
  const [prefix = "", rest = ""] = name.split("/");
  return SHUT_DOWN.some(({ provider, names }) => provider === OPENROUTER_VENDORS[prefix] && names.test(rest));
}

/**
 * Claude's cache for an hour costs twice the prompt (platform.claude.com/docs/en/build-with-claude/prompt-caching), also
 * through OpenRouter (openrouter.ai/docs/features/prompt-caching) and Bedrock (aws.amazon.com/bedrock/pricing), which the
 * packages do not say of these.
 */
function withHourOfClaude(name: string, price: FilePrice): FilePrice {
  if (!/(?:^|\.)anthropic[./]/.test(name) || price.cacheWrite === undefined || price.cacheWriteHour !== undefined)
    return price;
  const twice = (input: string) => decimal(2n * perMillion(input));
  return {
    ...price,
    cacheWriteHour: twice(price.input),
    ...(price.tiers ? { tiers: price.tiers.map((tier) => ({ ...tier, cacheWriteHour: twice(tier.input) })) } : {}),
  };
}

/**
 * OpenRouter's models: one that is a curated model by name becomes one more offer of it, the last one; it is left out
 * where OpenRouter lets it read more than the curation says, since that bounds what a request can cost. The others are
 * models of their own, which are found under `openrouter/…` alone. OpenRouter limits an answer by the context only
 * (openrouter.ai/docs/api-reference/parameters), so those whose context is known can be bounded.
 */
function addOpenRouter(builder: Builder, models: FileModel[]): FileModel[] {
  const names = genaiNames("openrouter")
    .map(({ id }) => id)
    .filter((name) => /^[^/]+\/[^/]+$/.test(name) && !OPENROUTER_OTHER.test(name))
    .sort();
  return names.flatMap((name): FileModel[] => {
    const facts = tokenlensModel("openrouter", name);
    const contexts = [facts?.context, genaiModel("openrouter", name, PRICES_AS_OF)?.context].flatMap((c) => c ?? []);
    const means = openRouterMeans(name, models);
    if (means && contexts.some((context) => context > means.contextWindow)) {
      builder.leaveOut(`openrouter/${name}`, "reads more there than the curation says it can");
      return [];
    }
    if (!means && shutDownAtVendor(name)) {
      builder.leaveOut(`openrouter/${name}`, "shut down by its vendor");
      return [];
    }
    if (!means && contexts.length === 0) {
      builder.leaveOut(`openrouter/${name}`, "no package says how long its context is");
      return [];
    }
    const known = builder.price({ provider: "openrouter", upstreamModel: name });
    if (!known) return [];
    const price = withHourOfClaude(name, known);
    if (means) {
      means.offers.push({ provider: "openrouter", upstreamModel: name, price });
      return [];
    }
    const context = Math.max(...contexts);
    const sees = facts?.input.includes("image") ?? false;
    return [
      {
        name,
        vendor: "openrouter",
        kind: "chat",
        contextWindow: context,
        maxOutput: context,
        capabilities: [
          "streaming",
          ...(facts?.tools ? (["tools"] as const) : []),
          ...(sees ? (["vision"] as const) : []),
          ...(facts?.reasoning ? (["reasoning"] as const) : []),
        ],
        input: sees ? ["text", "image"] : ["text"],
        offers: [{ provider: "openrouter", upstreamModel: name, price }],
      },
    ];
  });
}

/** What @pydantic/genai-prices lists for our providers and the catalogue does not hold, with the reason where there is one. */
function reportLeftOut(builder: Builder, models: readonly FileModel[]): void {
  const held = new Set(
    models.flatMap((model) =>
      model.offers.flatMap(({ provider, upstreamModel }) => {
        const id = genaiModel(provider, upstreamModel, PRICES_AS_OF)?.id;
        return id === undefined ? [] : [`${provider}/${id}`];
      }),
    ),
  );
  for (const provider of PROVIDER_IDS.filter((id) => id !== "openrouter")) {
    for (const { id, deprecated } of genaiNames(provider)) {
      const name = `${provider}/${id}`;
      if (held.has(name)) continue;
      const shutDown = SHUT_DOWN.find((entry) => entry.provider === provider && entry.names.test(id));
      builder.leaveOut(
        name,
        shutDown?.why ??
          (deprecated
            ? "deprecated, says the package"
            : "not a current chat or embedding model that anyone here has checked"),
      );
    }
  }
}

/** The catalogue out of the installed packages, and what there is to say about it. Depends on nothing but them and the curation. */
export function buildCatalogue(): BuiltCatalogue {
  const builder = new Builder();
  const models = CURATED_MODELS.flatMap((model) => curated(builder, model));
  models.push(...addOpenRouter(builder, models));
  reportLeftOut(builder, models);
  return { file: { pricesAsOf: PRICES_AS_OF, models }, report: builder.report };
}
