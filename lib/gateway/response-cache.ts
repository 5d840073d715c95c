import { createHash } from "node:crypto";
import type { Price, Usage } from "@/lib/catalog/price";
import { normalisedJson } from "@/lib/core/normalised-json";
import { splitEvents } from "@/lib/core/sse";
import type { Hold } from "@/lib/gateway/admit";
import { admittedHeaders, type GatewayAnswer, unchargedJson } from "@/lib/gateway/answer";
import {
  type CacheBounds,
  type CachedAnswer,
  evictOldest,
  keepCached,
  readCached,
} from "@/lib/gateway/cached-answer-store";
import type { Incoming } from "@/lib/gateway/incoming";
import { meter } from "@/lib/gateway/meter";
import type { ModelRequest } from "@/lib/gateway/parse";
import type { Attempt, Plan } from "@/lib/gateway/plan";
import { type RequestFacts, settledReceipt } from "@/lib/gateway/receipt";
import { patiently, remembered, type StreamEnd } from "@/lib/gateway/remembered";
import { bytesOf, replay } from "@/lib/gateway/replay";
import { routingText } from "@/lib/gateway/routing";
import { settle } from "@/lib/gateway/settle";
import { log } from "@/lib/infra/log";
import type { Caller } from "@/lib/keys/caller";

/** Asks to be served anew, and not to be kept either; any value but these says so. */
const SKIP_HEADER = "x-no-cache";
const NO_SKIP = new Set(["", "false", "0"]);

/** Says whether an answer was kept before; only where the project's cache is on and the request did not skip it. */
const CACHE_HEADER = "x-turnpike-cache";

/** A larger answer is not kept. */
export const MOST_CACHED_BYTES = 1024 * 1024;
const CACHE_BOUNDS: CacheBounds = { answers: 2_000, bytes: 64 * 1024 * 1024 };

/** Headers that belong to the body; the others tell of the first request. */
const OF_THE_BODY = ["content-type", "cache-control", "x-accel-buffering"];

const FREE: Price = { input: 0n, output: 0n };

/** The request that an answer is looked up for. */
type Asked = Pick<Caller, "projectId" | "environment" | "endUserId">;

/**
 * What makes two requests the same: project, environment, the key's end user, endpoint, the headers that the dialect gives
 * a meaning, and the whole body, what is ours in it included. `stream`, `user` and `metadata` are part of that: a stream is given again as
 * the stream that it was, and nobody gets what was answered to another end user. SHA-256, hex.
 */
export function requestHash({ projectId, environment, endUserId }: Asked, request: ModelRequest): string {
  const headers = Object.entries(request.headers).sort(([a], [b]) => (a < b ? -1 : 1));
  const apart = [
    projectId,
    environment,
    endUserId,
    request.path,
    request.dialect,
    headers,
    routingText(request.routing),
  ];
  return createHash("sha256")
    .update(JSON.stringify(apart))
    .update("\n")
    .update(normalisedJson(request.text))
    .digest("hex");
}

/** A kept answer that this caller may have, and the plan that it is admitted with. */
export interface CacheHit {
  kept: CachedAnswer;
  /** Of nothing, at no price: requests per minute are drawn on by one, every other limit by zero, credits not at all. */
  planned: Plan;
}

/**
 * The plan of a kept answer. Null where none of the caller's own attempts could have made it: a rule, a preference or a
 * provider key that is gone stands between them.
 */
export function planHit(planned: Plan, kept: Pick<CachedAnswer, "provider" | "model">): Plan | null {
  const attempt = planned.attempts.find(
    ({ provider, model }) => provider === kept.provider && model.name === kept.model,
  );
  if (!attempt) return null;
  const free: Attempt = {
    ...attempt,
    credential: { kind: "none" },
    billedTo: "none",
    feeBps: 0,
    price: FREE,
    isPriced: true,
  };
  return {
    ...planned,
    model: attempt.model.name,
    attempts: [free],
    promptBound: 0,
    completionBound: 0,
    longestClamp: 0,
  };
}

/**
 * Looks for the answer of a request in its project's cache: the hit, or else the miss that keeps the answer. Null where
 * the request skips the cache. A database that fails is a miss: admission says what is to be said about it.
 */
export async function lookUp(
  caller: Caller,
  ttlSeconds: number,
  request: ModelRequest,
  planned: Plan,
  header: Incoming["header"],
): Promise<CacheHit | CacheMiss | null> {
  const skip = header(SKIP_HEADER);
  if (skip !== null && !NO_SKIP.has(skip.trim().toLowerCase())) return null;
  // What a conversation at the provider or a search says is another thing the next time.
  if (request.ownKeyOnly.some(({ reason }) => reason !== "price")) return null;
  const hash = requestHash(caller, request);
  const kept = await readCached(caller.projectId, hash, ttlSeconds).catch((error: unknown) => {
    log().warn({ err: error }, "could not read the response cache");
    return null;
  });
  const free = kept && planHit(planned, kept);
  return free ? { kept, planned: free } : new CacheMiss(caller, ttlSeconds, hash);
}

/** Gives a kept answer to an admitted request, and settles that: its own receipt, the kept usage, no cost. */
export function answerHit(
  facts: RequestFacts,
  caller: Caller,
  request: ModelRequest,
  hold: Hold,
  kept: CachedAnswer,
): GatewayAnswer {
  const [attempt] = hold.plan.attempts;
  settle(
    settledReceipt(facts, caller, request, hold, {
      attempt,
      attempts: [],
      metered: meter(kept.usage, attempt, hold),
      finishReason: kept.finishReason,
      status: 200,
      error: null,
      cancelled: false,
      firstTokenAt: request.streamed ? performance.now() : null,
      cachedFrom: kept.requestId,
    }),
  );
  return replay(kept, facts.id, {
    ...admittedHeaders(hold, attempt, Date.now()),
    "x-turnpike-cost": "0.00",
    [CACHE_HEADER]: "hit",
  });
}

/** A stream's bytes as they are given again: the events that tell of a cost tell of none. */
async function unchargedStream(body: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const { raw, data } of splitEvents(bytesOf(body))) {
    const free = data?.includes('"cost"') ? unchargedJson(data) : data;
    parts.push(
      data === null || free === null || free === data ? raw : Buffer.from(raw.toString().replace(data, () => free)),
    );
  }
  return Buffer.concat(parts);
}

/** What an answer that could be kept was made of. */
interface Made {
  attempt: Attempt;
  usage: Usage;
  finishReason: string | null;
}

/** A request whose answer is to be kept for the next one like it. Several at once are all served; the last one stays. */
export class CacheMiss {
  readonly #caller: Caller;
  readonly #ttlSeconds: number;
  readonly #hash: string;
  readonly #end: StreamEnd = { reached: false, complete: false };
  #made: Made | null = null;

  constructor(caller: Caller, ttlSeconds: number, hash: string) {
    this.#caller = caller;
    this.#ttlSeconds = ttlSeconds;
    this.#hash = hash;
  }

  /** To be told before a stream's last bytes are passed on, and of a whole answer: null where it is not to be kept. */
  ended(made: Made | null): void {
    this.#made = made;
    this.#end.reached = true;
    this.#end.complete = made !== null;
  }

  /** Keeps an answer that was served; whoever has the answer's end can ask again at once. Never throws. */
  async keep(requestId: string, answer: GatewayAnswer): Promise<GatewayAnswer> {
    const { body } = answer;
    const headers = { ...answer.headers, [CACHE_HEADER]: "miss" };
    const keep = (whole: Buffer | null): Promise<void> => this.#keepWhole(requestId, answer.headers, whole);
    if (typeof body !== "string")
      return { ...answer, headers, body: remembered(body, this.#end, MOST_CACHED_BYTES, keep) };
    await keep(Buffer.from(body));
    return { ...answer, headers };
  }

  async #keepWhole(requestId: string, headers: Readonly<Record<string, string>>, whole: Buffer | null): Promise<void> {
    const made = this.#made;
    if (whole === null || made === null) return;
    const writing = this.#write(requestId, headers, whole, made).catch((error: unknown) =>
      log().warn({ err: error, requestId }, "could not keep an answer in the response cache"),
    );
    await patiently(writing);
  }

  async #write(
    requestId: string,
    headers: Readonly<Record<string, string>>,
    whole: Buffer,
    { attempt, usage, finishReason }: Made,
  ): Promise<void> {
    const isStream = headers["content-type"]?.startsWith("text/event-stream") ?? false;
    const body = isStream ? await unchargedStream(whole) : Buffer.from(unchargedJson(whole.toString()));
    if (body.byteLength > MOST_CACHED_BYTES) return;
    const { keyId, version, projectId } = this.#caller;
    const ofTheBody = Object.entries(headers).filter(([name]) => OF_THE_BODY.includes(name));
    await keepCached(
      { id: keyId, version, projectId },
      this.#hash,
      {
        status: 200,
        requestId,
        provider: attempt.provider,
        model: attempt.model.name,
        finishReason,
        usage,
        headers: Object.fromEntries(ofTheBody),
        body,
      },
      this.#ttlSeconds,
    );
    await evictOldest(projectId, CACHE_BOUNDS);
  }
}
