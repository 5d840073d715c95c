import { distance } from "fastest-levenshtein";
import { MODELS, type Model, type Offer } from "@/lib/catalog/models";
import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";
import { PROVIDER_IDS, type ProviderId } from "@/lib/providers/provider";

export interface FoundModel {
  model: Model;
  /** Set where the name said which provider is to serve. */
  provider: ProviderId | null;
}

/** Names as callers write them: `openai/gpt-4o-mini`, `simulator/echo`. */
export function qualifiedName(model: Model): string {
  return `${model.vendor}/${model.name}`;
}

const BY_QUALIFIED_NAME = new Map(MODELS.map((model) => [qualifiedName(model), model]));

/** The model of the catalogue that has this qualified name; null where none has. */
export function findCatalogued(qualified: string): Model | null {
  return BY_QUALIFIED_NAME.get(qualified) ?? null;
}

/**
 * The model as one of its snapshots: rules, limits and receipts know it by the same name, and its vendor alone, who made
 * the snapshot, is asked for it.
 */
function asSnapshot(model: Model, snapshot: string): Model {
  return {
    ...model,
    offers: model.offers
      .filter(({ provider }) => provider === model.vendor)
      .map((offer) => ({ ...offer, upstreamModel: snapshot })),
  };
}

/** Models that have a name without a provider. OpenRouter's own are called with `openrouter/` in front, or not at all. */
const NAMED = MODELS.filter(({ vendor }) => vendor !== "openrouter");

const BY_NAME = new Map(
  NAMED.flatMap((model) => [
    ...[model.name, ...model.aliases].map((name): [string, Model] => [name, model]),
    ...model.snapshots.map((snapshot): [string, Model] => [snapshot, asSnapshot(model, snapshot)]),
  ]),
);

/** The model by another of its provider's names: only that provider is asked, by that name and at that name's price. */
function byAlternatives(model: Model, { alternatives = [], ...offer }: Offer): [string, Model][] {
  return alternatives.map((alternative) => [
    `${offer.provider}/${alternative.upstreamModel}`,
    { ...model, offers: [{ ...offer, ...alternative }] },
  ]);
}

/** By `provider/name`, as the provider itself knows the model. */
const BY_UPSTREAM_NAME = new Map(
  MODELS.flatMap((model) =>
    model.offers.flatMap((offer): [string, Model][] => [
      [`${offer.provider}/${offer.upstreamModel}`, model],
      ...byAlternatives(model, offer),
    ]),
  ),
);

const PROVIDERS: ReadonlySet<string> = new Set(PROVIDER_IDS);
const LONGEST_NAME = 200;

function isProvider(text: string): text is ProviderId {
  return PROVIDERS.has(text);
}

const CANDIDATES = MODELS.map((model) => ({ qualified: qualifiedName(model), bare: model.name }));

/** What begins as a name is nearer than what differs from it: `claude-sonnet` most likely lacks its end. */
const BEGINS_WITH = 1;
const SHORTEST_BEGINNING = 4;

/**
 * Up to three names that are close to an unknown one, nearest first. Runs for refusals only, and is bounded: two names can
 * be no closer than their lengths are, which spares most of the comparisons.
 */
function near(name: string): string[] {
  const most = Math.max(3, name.length / 3);
  const apart = (candidate: string) => {
    if (name.length >= SHORTEST_BEGINNING && candidate.startsWith(name)) return BEGINS_WITH;
    return Math.abs(candidate.length - name.length) > most ? Number.POSITIVE_INFINITY : distance(name, candidate);
  };
  return CANDIDATES.map(({ qualified, bare }) => ({ qualified, distance: Math.min(apart(qualified), apart(bare)) }))
    .filter((entry) => entry.distance <= most)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map((entry) => entry.qualified);
}

const ANY_NAME = /./;

/** Providers with models that only their owner knows, and how their names look; at Bedrock, what has an ARN of an account's. */
const OPEN_ENDED: Partial<Record<ProviderId, RegExp>> = {
  custom: ANY_NAME,
  ollama: ANY_NAME,
  vllm: ANY_NAME,
  azure: ANY_NAME,
  bedrock:
    /^arn:aws[a-z-]*:bedrock:[a-z0-9-]+:\d{12}:(?:application-inference-profile|provisioned-model|imported-model|custom-model-deployment)\/[\w-]+$/,
};

/** What is assumed of a model that nobody has described; the provider refuses what is too much for it. */
const UNKNOWN = { contextWindow: 128_000, maxOutput: 16_384 };
const UNLISTED_LIMIT = 1_000;
const NO_PRICE = { input: 0n, output: 0n };

/** Models outside the catalogue that were asked for; the same object each time, since plans are remembered by it. */
const unlisted = new Map<string, Model>();

function unlistedModel(provider: ProviderId, name: string): Model {
  const key = `${provider}/${name}`;
  const known = unlisted.get(key);
  if (known) return known;
  const model: Model = {
    isUnlisted: true,
    name,
    vendor: provider,
    kind: "chat",
    ...UNKNOWN,
    capabilities: ["streaming"],
    modalities: { input: ["text"], output: ["text"] },
    aliases: [],
    snapshots: [],
    offers: [{ provider, upstreamModel: name, price: NO_PRICE, unpriced: true }],
  };
  if (unlisted.size >= UNLISTED_LIMIT) unlisted.clear();
  unlisted.set(key, model);
  return model;
}

function lookUp(name: string): FoundModel | null {
  const bare = BY_NAME.get(name);
  if (bare) return { model: bare, provider: null };
  const split = name.search(/[/:]/);
  if (split <= 0) return null;
  const before = name.slice(0, split);
  const after = name.slice(split + 1);
  const model = BY_NAME.get(after);
  if (isProvider(before)) {
    if (model?.offers.some((offer) => offer.provider === before)) return { model, provider: before };
    const known = BY_UPSTREAM_NAME.get(`${before}/${after}`);
    if (known) return { model: known, provider: before };
    if (OPEN_ENDED[before]?.test(after)) return { model: unlistedModel(before, after), provider: before };
  }
  return model?.vendor === before ? { model, provider: null } : null;
}

/**
 * The model that a caller's name means: `gpt-4o-mini`, `openai/gpt-4o-mini` and `openai:gpt-4o-mini` are the same. The
 * first `/` or `:` splits, once, when what stands before it is a provider or a vendor. After a provider the name may also
 * be the provider's own: `groq/openai/gpt-oss-120b`, `openrouter/anthropic/claude-sonnet-4.5`; after one whose models
 * nobody else knows, any name is (`custom/my-model`), without a price.
 * @throws GatewayError model_not_found, with up to three near names.
 */
export function findModel(name: string): FoundModel {
  const found = name.length <= LONGEST_NAME ? lookUp(name) : null;
  if (found) return found;
  const names = name.length <= LONGEST_NAME ? near(name) : [];
  const advice =
    names.length > 0 ? ` Did you mean ${names.join(", ")}?` : " GET /api/v1/models lists what this key may call.";
  throw new GatewayError("model_not_found", `Model '${cleanText(name, 100)}' not found.${advice}`, {
    param: "model",
    metadata: { near: names },
  });
}
