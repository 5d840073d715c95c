import { databaseUnavailable, GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import { admit, type Hold, StaleCaller } from "@/lib/gateway/admit";
import {
  admittedHeaders,
  commonHeaders,
  costText,
  dressAnswer,
  type GatewayAnswer,
  servedHeaders,
  visibleCost,
} from "@/lib/gateway/answer";
import { type Authenticated, authenticate, readCredential } from "@/lib/gateway/authenticate";
import { authorise } from "@/lib/gateway/authorise";
import { captured } from "@/lib/gateway/capture";
import { DIALECTS } from "@/lib/gateway/dialect";
import { type CallerDialect, dialectOf, type Endpoint, type ReadEndpoint } from "@/lib/gateway/endpoints";
import { type Forwarded, ForwardFailure, forward, type WholeAnswer, withoutKeyOf } from "@/lib/gateway/forward";
import { IDEMPOTENCY_HEADER, IdempotentRequest } from "@/lib/gateway/idempotency";
import { identify, isIdentified } from "@/lib/gateway/identify";
import { type Incoming, queryOf } from "@/lib/gateway/incoming";
import { type Metered, meter, usageOf } from "@/lib/gateway/meter";
import { refuseDenied } from "@/lib/gateway/obey-rules";
import {
  answeredModel,
  type ModelRequest,
  parseChat,
  parseCompletions,
  parseEmbeddings,
  parseMessages,
} from "@/lib/gateway/parse";
import { parseResponses } from "@/lib/gateway/parse-responses";
import { type Attempt, withOwnKey } from "@/lib/gateway/plan";
import { type RequestFacts, refusedReceipt, releasedReceipt, settledReceipt } from "@/lib/gateway/receipt";
import { relay } from "@/lib/gateway/relay";
import { answerHit, type CacheMiss, lookUp } from "@/lib/gateway/response-cache";
import { route } from "@/lib/gateway/route";
import { routingText } from "@/lib/gateway/routing";
import { settle } from "@/lib/gateway/settle";
import { type Tapped, tapEmbeddings } from "@/lib/gateway/tap";
import { NO_TRANSLATIONS, needsTranslation, type Translations, translate } from "@/lib/gateway/translate";
import { wrongCredentials } from "@/lib/gateway/wrong-credentials";
import { config, providerPool } from "@/lib/infra/config";
import { isDatabaseUnavailable } from "@/lib/infra/db";
import { log } from "@/lib/infra/log";
import type { Caller } from "@/lib/keys/caller";

/**
 * The way of a request, in order; each stage is a file of its own.
 *
 *   parse → authenticate → authorise → plan → admit → forward → meter → settle
 *
 * Nothing about the body is said before the key is accepted, so the body is read after authentication. A request with an
 * `Idempotency-Key` claims it once its body is read, and gives it back or leaves its answer there at the end. Where the
 * project's response cache is on, it is asked once the plan is made.
 */

/** How often a key that changes while its request is being decided is read again. */
const STALE_TRIES = 5;

/** Refusals that were decided on a remembered key or project: read again before they are said. */
const DECIDED_FROM_MEMORY = new Set([
  "insufficient_scope",
  "iam_denied",
  "provider_key_missing",
  "model_unpriced",
  "key_expired",
  "user_blocked",
]);

/** Once the body was read: refusals that say what the project's mode and keys leave of its wishes, so also from memory. */
const DEPENDS_ON_WAYS = new Set(["invalid_body", "unsupported_endpoint"]);

/** Refusals that say something about the body: said only to a key that is accepted now, whatever is remembered of it. */
const ABOUT_THE_BODY = new Set([
  "invalid_json",
  "invalid_body",
  "body_too_large",
  "unsupported_media_type",
  "model_not_found",
  "unsupported_endpoint",
  "idempotency_mismatch",
  "idempotency_in_progress",
  "user_required",
  "user_not_found",
  "forbidden",
]);

const PLAIN_ID = /^[\w.:-]{1,100}$/;

/** Endpoints whose requests are held and settled; the others are `serveRead`'s. */
type MeteredEndpoint = Exclude<Endpoint, ReadEndpoint | "messages/count_tokens" | "iam/explain">;

/** Serves one request to a metered endpoint. Never throws. */
export async function serve(incoming: Incoming, endpoint: MeteredEndpoint): Promise<GatewayAnswer> {
  const createdAt = Date.now();
  const id = newId("gen", createdAt);
  const clientRequestId = incoming.header("x-request-id");
  const facts: RequestFacts = {
    id,
    createdAt,
    startedAt: performance.now(),
    endpoint,
    clientRequestId: clientRequestId !== null && PLAIN_ID.test(clientRequestId) ? clientRequestId : null,
    clientAddress: incoming.remoteAddress === "" ? null : incoming.remoteAddress,
  };
  try {
    return await SERVED[endpoint](incoming, facts);
  } catch (error) {
    return refuse(await refusalOf(error, facts.id, incoming), facts.id, dialectOf(endpoint));
  }
}

/** How each endpoint is served; a forgotten one does not compile. */
const SERVED: Readonly<Record<MeteredEndpoint, (incoming: Incoming, facts: RequestFacts) => Promise<GatewayAnswer>>> = {
  "chat/completions": (incoming, facts) => serveModel(incoming, facts, "chat/completions", parseChat),
  completions: (incoming, facts) => serveModel(incoming, facts, "completions", parseCompletions),
  embeddings: (incoming, facts) => serveModel(incoming, facts, "embeddings", parseEmbeddings),
  responses: (incoming, facts) => serveModel(incoming, facts, "responses", parseResponses),
  messages: (incoming, facts) => serveModel(incoming, facts, "messages", parseMessages),
};

/** The answer that says an error. */
export function refuse(error: GatewayError, requestId: string, dialect: CallerDialect = "openai"): GatewayAnswer {
  return {
    status: error.status,
    headers: { ...commonHeaders(requestId), "content-type": "application/json", ...error.options.headers },
    body: DIALECTS[dialect].error(error, requestId),
  };
}

/** Whatever went wrong, as an error that can be shown; what is not one of ours is logged and says nothing. */
export function asGatewayError(error: unknown, requestId: string): GatewayError {
  if (error instanceof GatewayError) return error;
  if (isDatabaseUnavailable(error)) return databaseUnavailable(error);
  log().error({ err: error, requestId }, "a request failed in the gateway");
  return new GatewayError(
    "internal_error",
    `Something went wrong on our side. Please quote the request id ${requestId}.`,
  );
}

/** What ended a request, as an error that can be shown to whoever sent it; a wrong credential is counted. Never throws. */
export function refusalOf(
  error: unknown,
  requestId: string,
  { remoteAddress }: Incoming,
): GatewayError | Promise<GatewayError> {
  return wrongCredentials.refusal(asGatewayError(error, requestId), remoteAddress);
}

type Parse = (incoming: Incoming, limit: number) => ModelRequest | Promise<ModelRequest>;

interface Decided {
  caller: Caller;
  request: ModelRequest;
  hold: Hold;
  translations: Translations;
  /** Where the project's response cache is on and has no answer: what keeps this one. */
  miss: CacheMiss | null;
}

/** What tells two bodies apart: the text that goes upstream, and what was ours in it. */
function bodyAsSent({ text, routing }: ModelRequest): string {
  return routing === null ? text : `${text}\n${routingText(routing)}`;
}

/** Decides once more, on what the database says now, what is decided before a request claims its idempotency key. */
async function acceptAgain(
  credential: string,
  endpoint: MeteredEndpoint,
  request: ModelRequest,
  address: string,
): Promise<void> {
  const authenticated: Authenticated = await authenticate(credential, true);
  const { caller } = authenticated;
  authorise(caller, endpoint);
  if (!isIdentified(caller)) await identify(authenticated, request, true);
  if (caller.rules !== null) refuseDenied(caller.rules, request, endpoint, address);
}

/** Every stage up to admission, or the answer that the same request had before, kept for its `Idempotency-Key` or in its project's response cache. A key that changed meanwhile is read again and decided on anew. */
async function decide(
  incoming: Incoming,
  facts: RequestFacts,
  endpoint: MeteredEndpoint,
  parse: Parse,
  idempotent: IdempotentRequest | null,
): Promise<Decided | { replayed: GatewayAnswer }> {
  const credential = readCredential(incoming.header, queryOf(incoming.url));
  let request: ModelRequest | null = null;
  let reload = false;
  for (let tries = 0; tries < STALE_TRIES; tries += 1) {
    // Not awaited where the answer is there: a turn of the queue for each request is a price too.
    const authenticated = authenticate(credential, reload);
    let { caller, fresh } = authenticated instanceof Promise ? await authenticated : authenticated;
    try {
      authorise(caller, endpoint);
      if (request === null) {
        const parsed = parse(incoming, config().maxBodyBytes);
        request = parsed instanceof Promise ? await parsed : parsed;
      }
      if (!isIdentified(caller)) ({ caller, fresh } = await identify({ caller, fresh }, request, reload));
      if (caller.rules !== null) refuseDenied(caller.rules, request, endpoint, incoming.remoteAddress);
      if (idempotent) {
        const replayed = await idempotent.claim(caller.keyId, endpoint, bodyAsSent(request));
        // No admission follows that would notice a change of the key.
        if (replayed && !fresh) await acceptAgain(credential, endpoint, request, incoming.remoteAddress);
        if (replayed) return { replayed };
      }
      const asked = route(caller, request, providerPool);
      const cached =
        caller.cacheTtlSeconds === null
          ? null
          : await lookUp(caller, caller.cacheTtlSeconds, request, asked, incoming.header);
      if (cached && "kept" in cached) {
        // Admitted as every request is: so the key is what it was, its rates count, and a receipt follows.
        const hold = await admit(caller, cached.planned, facts);
        idempotent?.streamEnded(true);
        const hit = answerHit(facts, caller, request, hold, cached.kept);
        return { replayed: caller.keepsBodies ? captured(facts, caller, request, hit) : hit };
      }
      const { planned, translations } = needsTranslation(request, asked)
        ? await translate(request, asked)
        : { planned: asked, translations: NO_TRANSLATIONS };
      const hold = await admit(caller, withOwnKey(request, planned), facts);
      return { caller, request, hold, translations, miss: cached };
    } catch (error) {
      reload = true;
      if (error instanceof StaleCaller) continue;
      if (!(error instanceof GatewayError)) throw error;
      if (!fresh && (DECIDED_FROM_MEMORY.has(error.code) || (request && DEPENDS_ON_WAYS.has(error.code)))) continue;
      if (!fresh && ABOUT_THE_BODY.has(error.code)) await authenticate(credential, true);
      if (request && error.status < 500) {
        settle(refusedReceipt(facts, caller, request, error));
        if (caller.keepsBodies) captured(facts, caller, request, refuse(error, facts.id, request.dialect));
      }
      throw error;
    }
  }
  throw new GatewayError("overloaded", "This API key is being changed. Please try again shortly.", {
    headers: { "retry-after": "1" },
  });
}

function serveModel(
  incoming: Incoming,
  facts: RequestFacts,
  endpoint: MeteredEndpoint,
  parse: Parse,
): Promise<GatewayAnswer> {
  const key = incoming.header(IDEMPOTENCY_HEADER);
  return key === null
    ? answerModel(incoming, facts, endpoint, parse, null)
    : answerOnce(incoming, facts, endpoint, parse, new IdempotentRequest(key, facts.id));
}

async function answerOnce(
  incoming: Incoming,
  facts: RequestFacts,
  endpoint: MeteredEndpoint,
  parse: Parse,
  idempotent: IdempotentRequest,
): Promise<GatewayAnswer> {
  try {
    return await idempotent.keep(await answerModel(incoming, facts, endpoint, parse, idempotent));
  } catch (error) {
    await idempotent.free();
    throw error;
  }
}

async function answerModel(
  incoming: Incoming,
  facts: RequestFacts,
  endpoint: MeteredEndpoint,
  parse: Parse,
  idempotent: IdempotentRequest | null,
): Promise<GatewayAnswer> {
  const decided = await decide(incoming, facts, endpoint, parse, idempotent);
  if ("replayed" in decided) return decided.replayed;
  const { caller, request, hold, translations, miss } = decided;
  // A stream is ended where the caller leaves; a whole answer is waited for, because leaving would not stop its bill.
  const ended = request.streamed ? new AbortController() : null;
  if (ended) incoming.onGone(() => ended.abort());
  if (incoming.isGone()) ended?.abort();
  try {
    const forwarded = await forward(request, hold.plan, ended?.signal ?? null, {
      requestId: facts.id,
      translations,
      timeoutMs: config().upstreamTimeoutMs,
    });
    // A stream came because one was asked for, and then there is a controller.
    const answer =
      forwarded.answer.kind === "whole"
        ? await answerWhole(incoming, facts, decided, forwarded, forwarded.answer)
        : answerStream(facts, decided, forwarded, forwarded.answer.events, ended ?? new AbortController(), idempotent);
    const kept = miss === null ? answer : await miss.keep(facts.id, answer);
    return caller.keepsBodies ? captured(facts, caller, request, kept) : kept;
  } catch (error) {
    const failure =
      error instanceof ForwardFailure
        ? error
        : new ForwardFailure(asGatewayError(error, facts.id), [], hold.plan.attempts[0]);
    settle(
      releasedReceipt(facts, caller, request, hold, {
        attempt: failure.attempt,
        attempts: failure.attempts,
        error: failure.error,
        cancelled: ended?.signal.aborted ?? false,
      }),
    );
    const answer = refuse(failure.error, facts.id, request.dialect);
    if (caller.keepsBodies) captured(facts, caller, request, answer);
    return { ...answer, headers: { ...answer.headers, ...admittedHeaders(hold, null, Date.now()) } };
  }
}

async function answerWhole(
  incoming: Incoming,
  facts: RequestFacts,
  decided: Decided,
  { attempt, attempts }: Forwarded,
  { text, value: answer }: WholeAnswer,
): Promise<GatewayAnswer> {
  const { caller, request, hold, miss } = decided;
  const tapped = request.path === "embeddings" ? tapEmbeddings(answer) : DIALECTS[request.dialect].tapWhole(answer);
  const used = usageOf(request, tapped);
  const metered = meter(used instanceof Promise ? await used : used, attempt, hold);
  const cancelled = incoming.isGone();
  settle(
    settledReceipt(facts, caller, request, hold, {
      attempt,
      attempts,
      metered,
      finishReason: tapped.finishReason,
      status: cancelled ? 499 : 200,
      error: null,
      cancelled,
      firstTokenAt: null,
    }),
  );
  miss?.ended(cacheable(hold, attempt, metered, tapped));
  const cost = visibleCost(metered, attempt, caller.environment);
  const headers = servedHeaders(facts.id, hold, attempt, "application/json", Date.now());
  const said = costText(metered, attempt, caller.environment);
  if (said !== null) headers["x-turnpike-cost"] = said;
  return {
    status: 200,
    headers,
    body: dressAnswer(
      text,
      answer,
      answeredModel(request, attempt.model),
      metered.usage,
      cost,
      attempt.credential.kind === "own",
      DIALECTS[request.dialect].usage,
    ),
  };
}

/** What the response cache keeps of an answer; null for one that was shortened to what was affordable just then. */
function cacheable(hold: Hold, attempt: Attempt, { usage }: Metered, { finishReason }: Tapped) {
  return hold.plan.clampedMaxTokens === null ? { attempt, usage, finishReason } : null;
}

function answerStream(
  facts: RequestFacts,
  decided: Decided,
  forwarded: Forwarded,
  events: Parameters<typeof relay>[0]["events"],
  ended: AbortController,
  idempotent: IdempotentRequest | null,
): GatewayAnswer {
  const { caller, request, hold, miss } = decided;
  const { attempt, attempts } = forwarded;
  const headers = servedHeaders(facts.id, hold, attempt, "text/event-stream; charset=utf-8", Date.now());
  headers["cache-control"] = "no-store";
  headers["x-accel-buffering"] = "no";
  return {
    status: 200,
    headers,
    body: relay({
      request,
      model: answeredModel(request, attempt.model),
      events,
      requestId: facts.id,
      provider: attempt.provider,
      isByok: attempt.credential.kind === "own",
      mask: (text) => withoutKeyOf(attempt, text),
      signal: ended.signal,
      priceOf: async (tapped) => {
        const metered = meter(await usageOf(request, tapped), attempt, hold);
        return { usage: metered.usage, cost: visibleCost(metered, attempt, caller.environment) };
      },
      onEnd: async ({ tapped, firstTokenAt, end, error }) => {
        const cancelled = end === "cancelled";
        if (cancelled) ended.abort();
        idempotent?.streamEnded(end === "complete");
        const metered = meter(await usageOf(request, tapped), attempt, hold);
        miss?.ended(end === "complete" ? cacheable(hold, attempt, metered, tapped) : null);
        const lastAttempt = attempts.at(-1);
        if (lastAttempt && end !== "complete") lastAttempt.outcome = end;
        settle(
          settledReceipt(facts, caller, request, hold, {
            attempt,
            attempts,
            metered,
            finishReason: tapped.finishReason,
            status: cancelled ? 499 : (error?.status ?? 200),
            error,
            cancelled,
            firstTokenAt,
          }),
        );
      },
    }),
  };
}
