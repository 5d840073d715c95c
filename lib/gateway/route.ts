import { type FoundModel, findModel } from "@/lib/catalog/find-model";
import { MODELS, type Model, type Offer } from "@/lib/catalog/models";
import { upperBound } from "@/lib/catalog/price";
import { offersOf, onPriceChange } from "@/lib/catalog/price-overrides";
import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";
import { modelFits, type Needs, needsOf, needsText, offerFits } from "@/lib/gateway/needs";
import { allowed, deniedBy, obeyed } from "@/lib/gateway/obey-rules";
import { type Pace, pace } from "@/lib/gateway/pace";
import type { ModelRequest } from "@/lib/gateway/parse";
import {
  type Attempt,
  attemptsFor,
  canServe,
  noAttempt,
  type Offered,
  offered,
  type Plan,
  type Pools,
  plan,
  planOf,
  promptBoundOf,
  refuseKind,
  waysOf,
  withoutCredits,
} from "@/lib/gateway/plan";
import { AUTO, type ProviderPreferences, type Routing } from "@/lib/gateway/routing";
import type { CallerRules } from "@/lib/iam/compile-rules";
import { noProviders } from "@/lib/iam/evaluate";
import type { Caller } from "@/lib/keys/caller";

/** What prices are compared for where the caller set no maximum: the longest answer of each would tell nothing. */
const TYPICAL_ANSWER_TOKENS = 1_000;
/** Characters of a refusal that say what was needed. */
const LONGEST_NEEDS = 200;

const NO_PREFERENCES: ProviderPreferences = {
  order: null,
  only: null,
  ignore: [],
  allowFallbacks: true,
  sort: null,
  maxPrice: { prompt: null, completion: null, request: null },
};

/**
 * The plan of a request, for the model that it names or, where it says more, for those that its routing leaves, in their
 * order. What is tried is narrowed before the project's keys are looked at, as a provider in front of a model's name does
 * it: first by the caller's rules, then by the routing. Sends nothing.
 * @throws GatewayError model_not_found, iam_denied where the caller's rules leave nothing, invalid_body where the routing
 *   does, and what `plan` throws.
 */
export function route(caller: Caller, request: ModelRequest, pools: Pools, times: Pace = pace): Plan {
  if (request.routing !== null) return routed(caller, request, request.routing, pools, times);
  const found = findModel(request.model);
  return plan(caller, caller.rules === null ? found : allowed(caller.rules, found), request, pools);
}

function routed(caller: Caller, request: ModelRequest, routing: Routing, pools: Pools, times: Pace): Plan {
  const preferences = routing.preferences ?? NO_PREFERENCES;
  const attempts: Attempt[] = [];
  let refusal: GatewayError | null = null;
  const wanted = routing.models.map((name) => {
    if (name === AUTO) return null;
    const found = findModel(name);
    refuseKind(found, request);
    return found;
  });
  for (const found of wanted) {
    try {
      attempts.push(
        ...(found
          ? attemptsWithin(caller, narrowed(caller.rules, found, request, preferences, times), preferences, pools)
          : cheapest(caller, request, preferences, pools, times)),
      );
    } catch (error) {
      // A model that cannot be called is no reason against the next one in the list.
      if (!(error instanceof GatewayError)) throw error;
      refusal = preferred(refusal, error);
    }
  }
  const ways = waysOf(attempts);
  if (!ways) throw refusal ?? new Error("a routing names at least one model");
  return planOf(ways, request);
}

/** A missing key first: it may have been added since the caller was read, and what says so is decided on again. */
function preferred(first: GatewayError | null, second: GatewayError): GatewayError {
  return first === null || (first.code !== second.code && second.code === "provider_key_missing") ? second : first;
}

/** @throws GatewayError provider_key_missing. */
function attemptsWithin(
  caller: Caller,
  found: FoundModel,
  preferences: ProviderPreferences,
  pools: Pools,
): readonly Attempt[] {
  const attempts = attemptsFor(caller, found, pools);
  if (attempts.length === 0) throw noAttempt(caller, found);
  return withoutFallbacks(attempts, preferences);
}

/**
 * Without fallbacks those of `order` stay, which their caller chose, but for the pool's that only stand in for own keys;
 * else the first alone.
 */
function withoutFallbacks(attempts: readonly Attempt[], preferences: ProviderPreferences): readonly Attempt[] {
  if (preferences.allowFallbacks) return attempts;
  return preferences.order === null ? attempts.slice(0, 1) : (withoutCredits(attempts) ?? attempts);
}

function isWithin(most: bigint | null, price: bigint): boolean {
  return most === null || price <= most;
}

/** Whether it asks no more than that, also where the prompt is so long that another tier holds. */
function isCheapEnough(offer: Offer, promptBound: number, { maxPrice }: ProviderPreferences): boolean {
  const { price } = offer;
  // What has no price could ask for anything.
  if (offer.unpriced && Object.values(maxPrice).some((most) => most !== null)) return false;
  const tiers = [price, ...(price.tiers ?? []).filter(({ above }) => promptBound > above)];
  return (
    tiers.every(({ input, output }) => isWithin(maxPrice.prompt, input) && isWithin(maxPrice.completion, output)) &&
    isWithin(maxPrice.request, price.request ?? 0n)
  );
}

/** The most that the request costs there, for an answer of the caller's length or a typical one. */
function priceOf({ price, contextWindow, maxOutput }: Offered, request: ModelRequest): bigint {
  const answer = Math.min(request.maxTokens ?? TYPICAL_ANSWER_TOKENS, maxOutput) * request.choices;
  // How many tokens an image has is not known: then prices are compared for as many as the body has bytes.
  return request.textOnly
    ? upperBound(promptBoundOf(request, contextWindow), answer, price, false)
    : upperBound(request.mostPromptTokens, answer, { ...price, tiers: [] }, false);
}

/** Sorts by a number for each; what has none keeps its order, behind the others. */
function sortedBy(offers: readonly Offer[], measure: (offer: Offer) => number | null): Offer[] {
  return offers
    .map((offer) => ({ offer, value: measure(offer) }))
    .sort((a, b) => (a.value ?? Number.POSITIVE_INFINITY) - (b.value ?? Number.POSITIVE_INFINITY) || 0)
    .map(({ offer }) => offer);
}

function sorted(
  model: Model,
  offers: readonly Offer[],
  request: ModelRequest,
  sort: ProviderPreferences["sort"],
  times: Pace,
): readonly Offer[] {
  switch (sort) {
    case null:
      return offers;
    case "price":
      return sortedBy(offers, (offer) => (offer.unpriced ? null : Number(priceOf(offered(model, offer), request))));
    case "latency":
      return sortedBy(offers, (offer) => times.latency(offer));
    case "throughput":
      return sortedBy(offers, (offer) => {
        const speed = times.throughput(offer);
        return speed === null ? null : -speed;
      });
  }
}

/** The offers that the preferences leave, in their order; none is possible. */
function offersLeft(
  { model, provider }: FoundModel,
  request: ModelRequest,
  preferences: ProviderPreferences,
  times: Pace,
): readonly Offer[] {
  const { order, only, ignore, allowFallbacks } = preferences;
  const left = offersOf(model).filter(
    (offer) =>
      (provider === null || offer.provider === provider) &&
      (only === null || only.includes(offer.provider)) &&
      !ignore.includes(offer.provider) &&
      (allowFallbacks || order === null || order.includes(offer.provider)) &&
      isCheapEnough(offer, promptBoundOf(request, offer.contextWindow ?? model.contextWindow), preferences),
  );
  const offers = sorted(model, left, request, preferences.sort, times);
  if (order === null) return offers;
  return sortedBy(offers, (offer) => {
    const rank = order.indexOf(offer.provider);
    return rank === -1 ? null : rank;
  });
}

/**
 * The model as far as the caller's rules and then the preferences leave its providers.
 * @throws GatewayError iam_denied where rules leave none, also of those that the preferences leave; else invalid_body.
 */
function narrowed(
  rules: CallerRules | null,
  found: FoundModel,
  request: ModelRequest,
  preferences: ProviderPreferences,
  times: Pace,
): FoundModel {
  const left = rules === null ? found : allowed(rules, found);
  const offers = offersLeft(left, request, preferences, times);
  if (offers.length > 0) return { ...left, model: { ...left.model, offers } };
  if (rules !== null && left !== found) {
    const preferred = offersLeft(found, request, preferences, times);
    const drop = obeyed(rules, found).dropped.find(({ candidate }) => preferred.includes(candidate.offer));
    if (drop) throw deniedBy(noProviders(found.model, drop.rule));
  }
  throw nothingLeft(left, preferences);
}

/** The preferences that leave something out, as they are called on the wire. */
function narrowing({ order, only, ignore, allowFallbacks, maxPrice }: ProviderPreferences): string {
  const names = [
    ...(only === null ? [] : ["only"]),
    ...(ignore.length === 0 ? [] : ["ignore"]),
    ...(order === null || allowFallbacks ? [] : ["order without allow_fallbacks"]),
    ...(Object.values(maxPrice).every((most) => most === null) ? [] : ["max_price"]),
  ];
  return names.map((name) => `provider.${name}`).join(", ");
}

function nothingLeft({ model, provider }: FoundModel, preferences: ProviderPreferences): GatewayError {
  const providers = [
    ...new Set(
      model.offers.map((offer) => offer.provider).filter((offered) => provider === null || offered === provider),
    ),
  ];
  return new GatewayError(
    "invalid_body",
    `No provider of model '${cleanText(model.name, 100)}' is left: it is served by ${providers.join(", ")}, and ${narrowing(preferences)} leaves none of them.`,
    { param: "provider", metadata: { model: model.name, providers } },
  );
}

/** The chat models that a caller may be served, by the memory of callers; what is forgotten there is forgotten here. */
let servable = new WeakMap<Pools, WeakMap<Caller, readonly Model[]>>();
onPriceChange(() => {
  servable = new WeakMap();
});

/** The chat models of the catalogue as far as rules leave them. */
function allowedChatModels(rules: CallerRules | null): readonly Model[] {
  const models = MODELS.filter(({ kind }) => kind === "chat");
  if (rules === null) return models;
  return models.flatMap((model) => {
    const { found, denial } = obeyed(rules, { model, provider: null });
    return denial ? [] : [found.model];
  });
}

/** The denial of `auto` where rules alone leave no model that fits; null where they leave one, or none would fit anyway. */
function autoDenied(rules: CallerRules, fits: (model: Model) => boolean): GatewayError | null {
  if (allowedChatModels(rules).some(fits)) return null;
  for (const model of MODELS) {
    if (model.kind !== "chat" || !fits(model)) continue;
    const { denial, dropped } = obeyed(rules, { model, provider: null });
    const ruleId = denial?.ruleId ?? dropped[0]?.rule.id;
    if (ruleId !== undefined) return deniedBy(noProviders({ name: AUTO }, { id: ruleId }));
  }
  return null;
}

function servableModels(caller: Caller, pools: Pools): readonly Model[] {
  const callers = servable.get(pools) ?? new WeakMap<Caller, readonly Model[]>();
  servable.set(pools, callers);
  const known = callers.get(caller);
  if (known) return known;
  const models = allowedChatModels(caller.rules).filter((model) => canServe(caller, { model, provider: null }, pools));
  callers.set(caller, models);
  return models;
}

interface Candidate {
  model: Model;
  attempts: readonly Attempt[];
  price: bigint;
}

/** The simulator comes last, unless it serves everything anyway; then the price counts, then the name. */
function isBetter(a: Candidate, b: Candidate, environment: Caller["environment"]): boolean {
  if (environment === "live") {
    const [last, lastToo] = [a, b].map(({ model }) => model.vendor === "simulator");
    if (last !== lastToo) return lastToo === true;
  }
  if (a.price !== b.price) return a.price < b.price;
  return a.model.vendor === b.model.vendor ? a.model.name < b.model.name : a.model.vendor < b.model.vendor;
}

/** The model with only those providers whose limits the request fits, cheapest first unless the caller says otherwise. */
function fitting(
  model: Model,
  needs: Needs,
  request: ModelRequest,
  preferences: ProviderPreferences,
  times: Pace,
): FoundModel | null {
  if (!modelFits(model, needs)) return null;
  const within = { ...model, offers: offersOf(model).filter((offer) => offerFits(model, offer, needs)) };
  const sort = preferences.sort ?? "price";
  const offers = offersLeft({ model: within, provider: null }, request, { ...preferences, sort }, times);
  return offers.length === 0 ? null : { model: { ...model, offers }, provider: null };
}

/**
 * The attempts for `auto`: the cheapest model that this caller may be served and that meets the request's needs, by the
 * provider of it that is tried first.
 * @throws GatewayError unsupported_endpoint, model_not_found where no model meets the needs, iam_denied where the caller's
 *   rules allow none that does, provider_key_missing where one does, but not for this caller.
 */
function cheapest(
  caller: Caller,
  request: ModelRequest,
  preferences: ProviderPreferences,
  pools: Pools,
  times: Pace,
): readonly Attempt[] {
  if (request.path === "completions" || request.path === "embeddings")
    throw new GatewayError(
      "unsupported_endpoint",
      `Model '${AUTO}' chooses among models for chats. POST /api/v1/chat/completions, POST /api/v1/responses and POST /api/v1/messages call it.`,
      { param: "model" },
    );
  const needs = needsOf(request);
  let best: Candidate | null = null;
  for (const model of servableModels(caller, pools)) {
    const found = fitting(model, needs, request, preferences, times);
    const attempts = found ? attemptsFor(caller, found, pools) : [];
    const [first] = attempts;
    if (!first) continue;
    const candidate = { model, attempts, price: priceOf(first, request) };
    if (best === null || isBetter(candidate, best, caller.environment)) best = candidate;
  }
  if (best) return withoutFallbacks(best.attempts, preferences);
  const fits = (model: Model) => fitting(model, needs, request, preferences, times) !== null;
  const denied = caller.rules && autoDenied(caller.rules, fits);
  if (denied) throw denied;
  const names = narrowing(preferences);
  const wanted = cleanText(needsText(needs), LONGEST_NEEDS) + (names === "" ? "" : `, within ${names}`);
  throw MODELS.some((model) => model.kind === "chat" && fits(model))
    ? new GatewayError(
        "provider_key_missing",
        `No model that this key may call meets the request's needs: ${wanted}. Other models do; a provider key for one of them is missing.`,
        { param: "model" },
      )
    : new GatewayError("model_not_found", `No model meets the request's needs: ${wanted}.`, { param: "model" });
}
