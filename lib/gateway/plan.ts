import type { FoundModel } from "@/lib/catalog/find-model";
import type { Offer } from "@/lib/catalog/models";
import { affordableTokens, type Price, upperBound } from "@/lib/catalog/price";
import { GatewayError } from "@/lib/core/errors";
import { maxUsd, type Usd, ZERO_USD } from "@/lib/core/money";
import type { ChatRequest } from "@/lib/gateway/parse";
import type { ProviderPool } from "@/lib/infra/config";
import type { Caller, CallerMeter } from "@/lib/keys/caller";
import type { Provider, ProviderId } from "@/lib/providers/provider";
import { PROVIDERS } from "@/lib/providers/registry";

/** One way to serve the request: which provider, with whose key, at what price, and who pays. */
export interface Attempt {
  provider: ProviderId;
  /** The model's name at the provider. */
  upstreamModel: string;
  price: Price;
  credential: { kind: "own"; providerKeyId: string; sealed: string } | { kind: "pool"; key: string } | { kind: "none" };
  baseUrl: string | null;
  billedTo: "credits" | "provider_key" | "none";
}

/** Everything decided before anything is held: the attempts in their order, and the most they can cost. */
export interface Plan {
  /** Bare catalogue name. */
  model: string;
  attempts: readonly [Attempt, ...Attempt[]];
  /** Upper bound of the prompt's tokens. */
  promptBound: number;
  /** Upper bound of the answer's tokens over all choices. */
  completionBound: number;
  /** The most tokens for one choice that may be sent upstream in place of the caller's; null: the caller's stands. */
  clampedMaxTokens: number | null;
  /** Whether the answer may be shortened to what is affordable: only where the caller set no maximum. */
  clampable: boolean;
  choices: number;
}

/** What the operator's own settings add: the pool's keys by provider. */
export type Pools = (provider: ProviderId) => ProviderPool;

/** Tokens that a provider adds around a conversation, beyond the bytes of its JSON. */
const FRAMING_TOKENS = 16;

/** Below so many tokens an answer is not worth sending (CONTRACT section 7). */
export const SMALLEST_CLAMP = 16;

/** The dialect of the endpoints that are planned; nothing translates between two. */
const DIALECT: Provider["dialect"] = "openai";

function ownAttempts(caller: Caller, model: string, offer: Offer): Attempt[] {
  return caller.providerKeys
    .filter((key) => key.provider === offer.provider && (key.models.length === 0 || key.models.includes(model)))
    .map((key) => ({
      provider: offer.provider,
      upstreamModel: offer.upstreamModel,
      price: offer.price,
      credential: { kind: "own", providerKeyId: key.id, sealed: key.sealed },
      baseUrl: key.baseUrl,
      billedTo: "provider_key",
    }));
}

function poolAttempts(offer: Offer, pools: Pools): Attempt[] {
  const base = {
    provider: offer.provider,
    upstreamModel: offer.upstreamModel,
    price: offer.price,
    billedTo: "credits",
  } as const;
  const { needsKey, needsBaseUrl } = PROVIDERS[offer.provider];
  if (!needsKey && !needsBaseUrl) return [{ ...base, credential: { kind: "none" }, baseUrl: null }];
  const { keys, baseUrl = null } = pools(offer.provider);
  if (needsBaseUrl && baseUrl === null) return [];
  const tried = keys.length > 0 || needsKey ? keys : [""];
  return tried.map((key) => ({ ...base, credential: { kind: "pool", key }, baseUrl }));
}

/** The attempts that the project's mode allows, in order (CONTRACT section 5). */
function attemptsFor(caller: Caller, found: FoundModel, pools: Pools): Attempt[] {
  const offers = found.model.offers.filter((offer) => found.provider === null || offer.provider === found.provider);
  if (caller.environment === "test") {
    return offers.slice(0, 1).map((offer) => ({
      provider: "simulator",
      upstreamModel: offer.upstreamModel,
      price: offer.price,
      credential: { kind: "none" },
      baseUrl: null,
      billedTo: "none",
    }));
  }
  const spoken = offers.filter((offer) => PROVIDERS[offer.provider].dialect === DIALECT);
  const own = spoken.flatMap((offer) => ownAttempts(caller, found.model.name, offer));
  const pool = spoken.flatMap((offer) => poolAttempts(offer, pools));
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
      return own.length > 0 ? own : pool;
  }
}

/** What was worked out of a caller already: the same few models are asked for over and over. */
const remembered = new WeakMap<Pools, WeakMap<Caller, Map<string, readonly Attempt[]>>>();

function rememberedAttempts(caller: Caller, found: FoundModel, pools: Pools): readonly Attempt[] {
  const callers = remembered.get(pools) ?? new WeakMap<Caller, Map<string, readonly Attempt[]>>();
  const models = callers.get(caller) ?? new Map<string, readonly Attempt[]>();
  const name = found.provider === null ? found.model.name : `${found.provider}:${found.model.name}`;
  const known = models.get(name);
  if (known) return known;
  const attempts = attemptsFor(caller, found, pools);
  models.set(name, attempts);
  callers.set(caller, models);
  remembered.set(pools, callers);
  return attempts;
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

function noAttempt(caller: Caller, found: FoundModel): GatewayError {
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

/**
 * Decides which attempts may run and bounds what they can cost. Pure: everything it needs is in memory. Prompt tokens
 * are at most the bytes of the body and its framing (a token is a byte at least), capped at the context window; where
 * a part is not text, the whole window. Answer tokens are at most the caller's maximum, else the model's, per choice.
 * @throws GatewayError provider_key_missing.
 */
export function plan(caller: Caller, found: FoundModel, request: ChatRequest, pools: Pools): Plan {
  const [first, ...rest] = rememberedAttempts(caller, found, pools);
  if (!first) throw noAttempt(caller, found);
  const { model } = found;
  return {
    model: model.name,
    attempts: [first, ...rest],
    promptBound: request.textOnly ? Math.min(request.bytes + FRAMING_TOKENS, model.contextWindow) : model.contextWindow,
    completionBound: Math.min(request.maxTokens ?? model.maxOutput, model.maxOutput) * request.choices,
    clampedMaxTokens: null,
    clampable: request.maxTokens === null,
    choices: request.choices,
  };
}

/** The plan with its answer shortened to what `budget` pays for; null where that is below `SMALLEST_CLAMP` tokens. */
export function clampPlan(planned: Plan, budget: bigint): Plan | null {
  const tokens = Math.min(
    ...planned.attempts.map((attempt) => affordableTokens(budget, planned.promptBound, attempt.price)),
  );
  const perChoice = Math.floor(tokens / planned.choices);
  if (!planned.clampable || perChoice < SMALLEST_CLAMP || tokens >= planned.completionBound) return null;
  return { ...planned, completionBound: perChoice * planned.choices, clampedMaxTokens: perChoice };
}

const anyAttempt = (): boolean => true;

/** Whether an attempt is paid from credits. */
export const billsCredits = (attempt: Attempt): boolean => attempt.billedTo === "credits";

/** The most that the dearest of the attempts, or of those that `pays` names, can cost. */
export function boundOf(planned: Plan, pays: (attempt: Attempt) => boolean = anyAttempt): Usd {
  let most = ZERO_USD;
  for (const attempt of planned.attempts)
    if (pays(attempt)) most = maxUsd(most, upperBound(planned.promptBound, planned.completionBound, attempt.price));
  return most;
}

/** The order in which meters refuse: rates, the key's limit, the project's, the member's, the end user's, credits. */
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
