import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewayError } from "@/lib/core/errors";
import type { GatewayAnswer } from "@/lib/gateway/answer";
import { HOLD_SECONDS } from "@/lib/gateway/holds";
import { type ClaimId, claimKey, freeKey, keepAnswer, readKept } from "@/lib/gateway/idempotent-answer-store";
import { patiently, remembered, type StreamEnd } from "@/lib/gateway/remembered";
import { replay } from "@/lib/gateway/replay";
import { isDatabaseUnavailable } from "@/lib/infra/db";
import { log } from "@/lib/infra/log";

/** The header that says that a request is the same as one before (CONTRACT section 7). */
export const IDEMPOTENCY_HEADER = "idempotency-key";

const KEPT_SECONDS = 86_400;
/** A larger answer is not kept: each one lies in the database for a day. */
export const MOST_KEPT_BYTES = 4 * 1024 * 1024;

/** How often a key is looked at again that is given back between being refused and being read. */
const CLAIM_TRIES = 5;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
/** Shorter than a claim lives, so that what is written late still finds it. */
const RETRY_FOR_MS = 60_000;

/** 1 to 255 printable characters: ASCII's, since headers have no other that everybody reads alike. */
const WELL_FORMED = /^[ -~]{1,255}$/;

/** Headers that tell of the first request's charge, minute or cache: no longer true when its answer is given again. */
const OF_THE_FIRST = /^(?:x-ratelimit-|x-turnpike-cost$|x-turnpike-billed-to$|x-turnpike-cache$)/;

const REPLAYED = { "idempotent-replayed": "true" };

/** What makes two requests the same: the endpoint and the body's text. SHA-256, hex. */
function hashOf(endpoint: string, text: string): string {
  return createHash("sha256").update(endpoint).update("\n").update(text).digest("hex");
}

/** Does `work` until it is done or pointless. Never throws: a claim that is left behind runs out by itself. */
async function persist(work: () => Promise<void>, requestId: string): Promise<void> {
  const deadline = performance.now() + RETRY_FOR_MS;
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseUnavailable(error) || performance.now() > deadline) {
        log().warn({ err: error, requestId }, "could not write what an idempotency key stands for");
        return;
      }
      await sleep(retryMs);
    }
  }
}

/**
 * A request that is to be served once, under its `Idempotency-Key`: claimed before admission, then either kept or given
 * back. The claim is a row of the database and lives as long as the request's hold does, so a crash frees the key.
 */
export class IdempotentRequest {
  readonly #key: string;
  readonly #requestId: string;
  #claim: ClaimId | null = null;
  readonly #end: StreamEnd = { reached: false, complete: false };

  /** @param key the header's value. */
  constructor(key: string, requestId: string) {
    this.#key = key;
    this.#requestId = requestId;
  }

  /**
   * Takes the key for this request; asked again, it stays taken. Where it has been served already, the first answer.
   * @returns null: this request is the one that is served.
   * @throws GatewayError invalid_body, idempotency_mismatch, idempotency_in_progress.
   */
  async claim(apiKeyId: string, endpoint: string, text: string): Promise<GatewayAnswer | null> {
    if (this.#claim !== null) return null;
    if (!WELL_FORMED.test(this.#key)) {
      throw new GatewayError("invalid_body", "Idempotency-Key takes 1 to 255 printable ASCII characters.", {
        param: "Idempotency-Key",
      });
    }
    const claim = { apiKeyId, key: this.#key, requestId: this.#requestId };
    const bodyHash = hashOf(endpoint, text);
    for (let tries = 0; tries < CLAIM_TRIES; tries += 1) {
      // Set before it is known: what the database did before it broke off is given back too.
      this.#claim = claim;
      if (await claimKey(claim, bodyHash, HOLD_SECONDS)) return null;
      this.#claim = null;
      const kept = await readKept(apiKeyId, this.#key);
      if (kept === null) continue;
      if (kept.bodyHash !== bodyHash) {
        throw new GatewayError(
          "idempotency_mismatch",
          "This Idempotency-Key was used for another request. Send the same body to the same endpoint, or use a new key.",
          { metadata: { generation_id: kept.requestId } },
        );
      }
      if (kept.answer === null) break;
      return replay(kept.answer, kept.requestId, REPLAYED);
    }
    throw new GatewayError(
      "idempotency_in_progress",
      "The first request with this Idempotency-Key is still running. Please try again shortly.",
      { headers: { "retry-after": "1" } },
    );
  }

  /** To be told before a stream's last bytes are passed on: whether it came to its own end. */
  streamEnded(complete: boolean): void {
    this.#end.reached = true;
    this.#end.complete = complete;
  }

  /** Keeps an answer that was served, or gives the key back; whoever has the answer's end can ask again at once. */
  async keep(answer: GatewayAnswer): Promise<GatewayAnswer> {
    const claim = this.#claim;
    if (claim === null) return answer;
    if (typeof answer.body !== "string") {
      const keep = (whole: Buffer | null) => this.#write(claim, answer, whole);
      return { ...answer, body: remembered(answer.body, this.#end, MOST_KEPT_BYTES, keep) };
    }
    const isServed = answer.status >= 200 && answer.status < 300;
    await this.#write(claim, answer, isServed ? Buffer.from(answer.body) : null);
    return answer;
  }

  /** Gives the key back: nothing was served. */
  async free(): Promise<void> {
    const claim = this.#claim;
    if (claim !== null) await patiently(persist(() => freeKey(claim), claim.requestId));
  }

  async #write(claim: ClaimId, { status, headers }: GatewayAnswer, body: Buffer | null): Promise<void> {
    if (body === null || body.byteLength > MOST_KEPT_BYTES) return this.free();
    const kept = {
      status,
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_FIRST.test(name))),
      body,
    };
    await patiently(persist(() => keepAnswer(claim, kept, KEPT_SECONDS), claim.requestId));
  }
}
