import type { FoundModel } from "@/lib/catalog/find-model";
import type { Model, Offer } from "@/lib/catalog/models";
import { affordableTokens, type Price, upperBound } from "@/lib/catalog/price";
import { offersOf, onPriceChange } from "@/lib/catalog/price-overrides";
import { GatewayError } from "@/lib/core/errors";
import { maxUsd, type Usd, usd, ZERO_USD } from "@/lib/core/money";
import { cleanText } from "@/lib/core/text";
import { asksForAnHour } from "@/lib/gateway/cache-marks";
import { payable } from "@/lib/gateway/own-key-only";
import type { ModelRequest } from "@/lib/gateway/parse";
import { config, type ProviderPool } from "@/lib/infra/config";
import type { Caller, CallerMeter } from "@/lib/keys/caller";
import type { ProviderId } from "@/lib/providers/provider";
import { PROVIDERS } from "@/lib/providers/registry";

/** One way to serve the request: which provider, with whose key, at what price, and who pays. */
export interface Attempt {
  /** What it serves; a plan may hold attempts of several. */
  model: Model;
  provider: ProviderId;
  /** The model's name at the provider. */
  upstreamModel: string;
  price: Price;
  /** Whether its price is known; where it is not, receipts say no cost. */
  isPriced: boolean;
  /** Tokens of prompt and answer together, and of one answer, that this provider allows. */
  contextWindow: number;
  maxOutput: number;
  credential: { kind: "own"; providerKeyId: string; sealed: string } | { kind: "pool"; key: string } | { kind: "none" };
  baseUrl: string | null;
  billedTo: "credits" | "provider_key" | "none";
  /** What credits pay for being routed with the customer's own key, in basis points of the list price; else 0. */
  feeBps: number;
}

/** Everything decided before anything is held: the attempts in their order, and the most they can cost. */
export interface Plan {
  /** Bare catalogue name of the model that is tried first. */
  model: string;
  attempts: readonly [Attempt, ...Attempt[]];
  /** Upper bound of the prompt's tokens. */
  promptBound: number;
  /** Upper bound of the answer's tokens over all choices. */
  completionBound: number;
  /** The most tokens for one choice that may be sent upstream in place of the caller's; null: the caller's stands. */
  clampedMaxTokens: number | null;
  /** The most that a clamp may say, which every attempt allows; 0: the answer may not be shortened. */
  longestClamp: number;
  choices: number;
  /** Whether the request asks the provider to keep parts of its prompt for an hour, which is dearer than for minutes. */
  cachesForAnHour: boolean;
}

/** What the operator's own settings add: the pool's keys by provider. */
export type Pools = (provider: ProviderId) => ProviderPool;

/** Tokens that a provider adds around a conversation, beyond the bytes of its JSON. */
export const FRAMING_TOKENS = 16;

/** Below so many tokens an answer is not worth sending (CONTRACT section 7). */
export const SMALLEST_CLAMP = 16;

/** What kind of model each path calls. */
const KIND_CALLED: Readonly<Record<ModelRequest["path"], Model["kind"]>> = {
  "chat/completions": "chat",
  completions: "chat",
  embeddings: "embedding",
  messages: "chat",
  responses: "chat",
};

function isCallingPath(path: string): path is ModelRequest["path"] {
  return Object.hasOwn(KIND_CALLED, path);
}

/** The endpoints that call models of this kind. */
export function endpointsCalling(kind: Model["kind"]): ModelRequest["path"][] {
  return Object.keys(KIND_CALLED)
    .filter(isCallingPath)
    .filter((path) => KIND_CALLED[path] === kind);
}

export type Offered = Pick<
  Attempt,
  "model" | "provider" | "upstreamModel" | "price" | "isPriced" | "contextWindow" | "maxOutput"
>;

/** An offer with its limits, the model's where it has none of its own. */
export function offered(model: Model, offer: Offer): Offered {
  return {
    model,
    provider: offer.provider,
    upstreamModel: offer.upstreamModel,
    price: offer.price,
    isPriced: offer.unpriced !== true,
    contextWindow: offer.contextWindow ?? model.contextWindow,
    maxOutput: offer.maxOutput ?? model.maxOutput,
  };
}

function ownAttempts(caller: Caller, model: Model, offer: Offer): Attempt[] {
  const feeBps = offer.unpriced ? 0 : config().byokFeeBps;
  return caller.providerKeys
    .filter((key) => key.provider === offer.provider && (key.models.length === 0 || key.models.includes(model.name)))
    .map((key) => ({
      ...offered(model, offer),
      credential: { kind: "own", providerKeyId: key.id, sealed: key.sealed },
      baseUrl: key.baseUrl,
      billedTo: "provider_key",
      feeBps,
    }));
}

function poolAttempts(model: Model, offer: Offer, pools: Pools): Attempt[] {
  if (offer.unpriced) return [];
  const base = { ...offered(model, offer), billedTo: "credits", feeBps: 0 } as const;
  const { needsKey, needsBaseUrl } = PROVIDERS[offer.provider];
  if (!needsKey && !needsBaseUrl) return [{ ...base, credential: { kind: "none" }, baseUrl: null }];
  const { keys, baseUrl = null } = pools(offer.provider);
  if (needsBaseUrl && baseUrl === null) return [];
  const tried = keys.length > 0 || needsKey ? keys : [""];
  return tried.map((key) => ({ ...base, credential: { kind: "pool", key }, baseUrl }));
}

/** The attempts that the project's mode allows, in order (CONTRACT section 5). */
export function attemptsFor(caller: Caller, found: FoundModel, pools: Pools): Attempt[] {
  const offers = offersOf(found.model).filter((offer) => found.provider === null || offer.provider === found.provider);
  if (caller.environment === "test") {
    return offers.slice(0, 1).map((offer) => ({
      ...offered(found.model, offer),
      provider: "simulator",
      credential: { kind: "none" },
      baseUrl: null,
      billedTo: "none",
      feeBps: 0,
    }));
  }
  const own = offers.flatMap((offer) => ownAttempts(caller, found.model, offer));
  const pool = offers.flatMap((offer) => poolAttempts(found.model, offer, pools));
  switch (caller.mode) {
    case "api_keys":
      return [
        ...own,
        ...pool
          .filter((attempt) => attempt.credential.kind === "none")
          .map((attempt): Attempt => ({ ...attempt, billedTo: "none" })),
      ];
    case "credits":
      return pool;
    case "hybrid":
      return own.length > 0 ? [...own, ...pool.filter(({ provider }) => hasOwn(own, provider))] : pool;
  }
}

/** Where one brought a key, the pool stands in for it at the same provider, and sends nothing to any other. */
function hasOwn(own: readonly Attempt[], provider: ProviderId): boolean {
  return own.some((attempt) => attempt.provider === provider);
}

/** A plan's attempts without those that credits pay for; where they pay for all of them, there is no such plan. */
export function withoutCredits(attempts: readonly Attempt[]): readonly [Attempt, ...Attempt[]] | null {
  const [first, ...rest] = attempts.filter((attempt) => !billsCredits(attempt));
  return first ? [first, ...rest] : null;
}

/** Attempts that serve one request, and the limits of them together. */
export interface Ways {
  attempts: readonly [Attempt, ...Attempt[]];
  /** The largest window and answer among them: what a bound has to cover. */
  contextWindow: number;
  maxOutput: number;
  /** The smallest answer among them: what a clamp has to fit. */
  leastOutput: number;
  /** Whether one of them has a price of its own for a cache of an hour. */
  pricesHours: boolean;
}

/** The limits of attempts together; null where there are none. */
export function waysOf([first, ...rest]: readonly Attempt[]): Ways | null {
  if (!first) return null;
  const attempts: Ways["attempts"] = [first, ...rest];
  const outputs = attempts.map(({ maxOutput }) => maxOutput);
  return {
    attempts,
    contextWindow: Math.max(...attempts.map(({ contextWindow }) => contextWindow)),
    maxOutput: Math.max(...outputs),
    leastOutput: Math.min(...outputs),
    pricesHours: attempts.some(({ price }) => price.cacheWriteHour !== undefined),
  };
}

type WaysByModel = WeakMap<Model, Map<ProviderId | null, Ways | null>>;

/**
 * What was worked out of a caller already: the same few models are asked for over and over. By the model itself and not
 * its name, which its snapshots share.
 */
let remembered = new WeakMap<Pools, WeakMap<Caller, WaysByModel>>();
onPriceChange(() => {
  remembered = new WeakMap();
});

function rememberedWays(caller: Caller, found: FoundModel, pools: Pools): Ways | null {
  const callers = remembered.get(pools) ?? new WeakMap<Caller, WaysByModel>();
  const models: WaysByModel = callers.get(caller) ?? new WeakMap();
  const providers = models.get(found.model) ?? new Map<ProviderId | null, Ways | null>();
  const known = providers.get(found.provider);
  if (known !== undefined) return known;
  const ways = waysOf(attemptsFor(caller, found, pools));
  providers.set(found.provider, ways);
  models.set(found.model, providers);
  callers.set(caller, models);
  remembered.set(pools, callers);
  return ways;
}

/** Whether this caller's mode and keys leave any way to serve the model. */
export function canServe(caller: Caller, found: FoundModel, pools: Pools): boolean {
  return attemptsFor(caller, found, pools).length > 0;
}

/** The variables that would give the installation's pool this provider. */
function poolSettings(name: string): string {
  const provider = Object.values(PROVIDERS).find(({ id }) => id === name);
  const settings = [...(provider?.needsKey ? ["API_KEY"] : []), ...(provider?.needsBaseUrl ? ["BASE_URL"] : [])];
  return settings.map((setting) => `${name.toUpperCase()}_${setting}`).join(" and ");
}

/** Says which key is missing where there is no attempt. */
export function noAttempt(caller: Caller, found: FoundModel): GatewayError {
  if (caller.mode !== "api_keys" && offersOf(found.model).every(({ unpriced }) => unpriced)) {
    return new GatewayError(
      "model_unpriced",
      `Model '${cleanText(found.model.name, 100)}' has no price here, so credits cannot pay for it. Add a provider key of your own to the project.`,
      { param: "model" },
    );
  }
  const provider = found.provider ?? found.model.offers[0]?.provider ?? found.model.vendor;
  switch (caller.mode) {
    case "api_keys":
      return new GatewayError(
        "provider_key_missing",
        `No API key set for provider: ${provider}. Please add a provider key in your settings or add credits and switch to credits or hybrid mode.`,
        { metadata: { provider } },
      );
    case "credits":
      return new GatewayError(
        "provider_key_missing",
        `This installation has no key for provider: ${provider}. Its operator can set ${poolSettings(provider)}.`,
        { metadata: { provider } },
      );
    case "hybrid":
      return new GatewayError(
        "provider_key_missing",
        `No API key set for provider: ${provider}, neither in this project nor in this installation. Please add a provider key in your settings.`,
        { metadata: { provider } },
      );
  }
}

function wrongKind({ model }: FoundModel): GatewayError {
  return new GatewayError(
    "unsupported_endpoint",
    model.kind === "embedding"
      ? `Model '${model.name}' makes embeddings and no text. POST /api/v1/embeddings calls it.`
      : `Model '${model.name}' makes text and no embeddings. POST /api/v1/chat/completions calls it.`,
    { param: "model" },
  );
}

/**
 * Decides which attempts may run and bounds what they can cost. Pure: everything it needs is in memory. Prompt tokens
 * are at most what `parse.ts` found of them and their framing, capped at the context window for each prompt; where a
 * part is not text, the whole window. Answer tokens are at most the caller's maximum, else the model's, per choice.
 * Where the attempts' limits differ, the largest count.
 * @throws GatewayError unsupported_endpoint, provider_key_missing, model_unpriced.
 */
export function plan(caller: Caller, found: FoundModel, request: ModelRequest, pools: Pools): Plan {
  refuseKind(found, request);
  const ways = rememberedWays(caller, found, pools);
  if (ways === null) throw noAttempt(caller, found);
  return planOf(ways, request);
}

/**
 * The plan without the attempts that credits pay for, where the request asks for what only a project's own provider key
 * may be asked for.
 * @throws GatewayError invalid_body, naming the field, where none is left.
 */
export function withOwnKey(request: ModelRequest, planned: Plan): Plan {
  const attempts = payable(planned.attempts, request.ownKeyOnly);
  return attempts === planned.attempts ? planned : { ...planned, model: attempts[0].model.name, attempts };
}

/** @throws GatewayError unsupported_endpoint where the request's path does not call such models. */
export function refuseKind(found: FoundModel, { path }: ModelRequest): void {
  if (found.model.isUnlisted) return;
  if (found.model.kind !== KIND_CALLED[path]) throw wrongKind(found);
}

/** The most tokens that a prompt can have where so many fit. */
export function promptBoundOf(request: ModelRequest, contextWindow: number): number {
  const window = contextWindow * request.prompts;
  return request.textOnly ? Math.min(request.mostPromptTokens + FRAMING_TOKENS, window) : window;
}

/** The plan of a request that is served in one of these ways. */
export function planOf(ways: Ways, request: ModelRequest): Plan {
  const { attempts, contextWindow, maxOutput, leastOutput, pricesHours } = ways;
  return {
    model: attempts[0].model.name,
    attempts,
    promptBound: promptBoundOf(request, contextWindow),
    completionBound: Math.min(request.maxTokens ?? maxOutput, maxOutput) * request.choices,
    clampedMaxTokens: null,
    longestClamp: request.maxTokens === null ? Math.min(request.usualMaxTokens ?? leastOutput, leastOutput) : 0,
    choices: request.choices,
    cachesForAnHour: pricesHours && asksForAnHour(request.text, request.body),
  };
}

const BASIS_POINTS = 10_000n;

/** Whether an attempt is paid from credits. */
export function billsCredits(attempt: Attempt): boolean {
  return attempt.billedTo === "credits";
}

/** Whether credits pay for an attempt, or for its routing. */
export function drawsOnCredits(attempt: Attempt): boolean {
  return billsCredits(attempt) || attempt.feeBps > 0;
}

/** What credits pay of an attempt's list price: all of it, the fee for routing it (rounded up), or nothing. */
export function creditsShare(cost: Usd, attempt: Attempt): Usd {
  if (billsCredits(attempt)) return cost;
  if (attempt.feeBps === 0) return ZERO_USD;
  return usd((cost * BigInt(attempt.feeBps) + BASIS_POINTS - 1n) / BASIS_POINTS);
}

/** The highest list price of which credits pay no more than `budget`: what `creditsShare` undoes. */
function listPriceFor(budget: bigint, attempt: Attempt): bigint {
  return billsCredits(attempt) ? budget : (budget * BASIS_POINTS) / BigInt(attempt.feeBps);
}

/**
 * How many answer tokens, over all choices, `budget` pays for whichever attempt serves it, `ofCredits` or at list price.
 * Below zero: not even the prompt.
 */
export function affordableOf(planned: Plan, budget: bigint, ofCredits: boolean): number {
  let fewest = Number.MAX_SAFE_INTEGER;
  for (const attempt of planned.attempts) {
    if (ofCredits && !drawsOnCredits(attempt)) continue;
    const most = ofCredits ? listPriceFor(budget, attempt) : budget;
    fewest = Math.min(fewest, affordableTokens(most, planned.promptBound, attempt.price, planned.cachesForAnHour));
  }
  return fewest;
}

/**
 * The plan with its answer shortened to what `budget` pays for, `ofCredits` or at list price; null where that is below
 * `SMALLEST_CLAMP` tokens.
 */
export function clampPlan(planned: Plan, budget: bigint, ofCredits = false): Plan | null {
  const tokens = affordableOf(planned, budget, ofCredits);
  const perChoice = Math.min(Math.floor(tokens / planned.choices), planned.longestClamp);
  if (perChoice < SMALLEST_CLAMP || tokens >= planned.completionBound) return null;
  return { ...planned, completionBound: perChoice * planned.choices, clampedMaxTokens: perChoice };
}

function boundAt(planned: Plan, { price }: Attempt): Usd {
  return upperBound(planned.promptBound, planned.completionBound, price, planned.cachesForAnHour);
}

/** The most that the dearest of the attempts can cost, at list price. */
export function boundOf(planned: Plan): Usd {
  let most = ZERO_USD;
  for (const attempt of planned.attempts) most = maxUsd(most, boundAt(planned, attempt));
  return most;
}

/** The most that credits pay for any of the attempts. */
export function creditsBoundOf(planned: Plan): Usd {
  let most = ZERO_USD;
  for (const attempt of planned.attempts)
    if (drawsOnCredits(attempt)) most = maxUsd(most, creditsShare(boundAt(planned, attempt), attempt));
  return most;
}

/** The order in which meters refuse: rates, the key's limit, the project's, the member's, the end user's, the organisation's, credits. */
const PRECEDENCE: Record<CallerMeter["subject"], number> = {
  api_key: 1,
  project: 2,
  member: 3,
  end_user: 4,
  organization: 5,
};

export function refusalOrder(meter: CallerMeter): number {
  return meter.kind === "rate" ? 0 : meter.kind === "credits" ? 6 : PRECEDENCE[meter.subject];
}
