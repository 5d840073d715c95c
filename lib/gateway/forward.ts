import { GatewayError } from "@/lib/core/errors";
import { isRecord } from "@/lib/core/is-record";
import { jsonMembers, setJsonMembers } from "@/lib/core/json-members";
import { type RawEvent, splitEvents } from "@/lib/core/sse";
import { type CallOutcome, circuits, outcomeOf } from "@/lib/gateway/circuits";
import { mayFallBack, providerText, unusableAnswer, upstreamFailure, upstreamRefusal } from "@/lib/gateway/fallback";
import { pace } from "@/lib/gateway/pace";
import { answeredModel, type ModelRequest } from "@/lib/gateway/parse";
import type { Attempt, Plan } from "@/lib/gateway/plan";
import type { AttemptRecord } from "@/lib/gateway/settlement-statement";
import { noteUpstream } from "@/lib/gateway/tallies";
import { sendTranslation, type Translations } from "@/lib/gateway/translate";
import { config } from "@/lib/infra/config";
import { log } from "@/lib/infra/log";
import { open } from "@/lib/infra/secrets";
import { noteRefusal } from "@/lib/provider-keys/refusals";
import { type ProviderAnswer, type ProviderCall, ProviderFailure } from "@/lib/providers/provider";
import { PROVIDERS } from "@/lib/providers/registry";

/** A provider's whole answer: its text, and what it says. */
export interface WholeAnswer {
  kind: "whole";
  text: string;
  value: Readonly<Record<string, unknown>>;
}

/** The answer that was taken, and how each attempt up to it went. */
export interface Forwarded {
  attempt: Attempt;
  answer: WholeAnswer | { kind: "stream"; events: AsyncIterable<RawEvent> };
  attempts: AttemptRecord[];
}

/** Every attempt failed; what the caller is told, and how each went. */
export class ForwardFailure extends Error {
  readonly error: GatewayError;
  readonly attempts: AttemptRecord[];
  readonly attempt: Attempt;

  constructor(error: GatewayError, attempts: AttemptRecord[], attempt: Attempt) {
    super(error.message, { cause: error });
    this.error = error;
    this.attempts = attempts;
    this.attempt = attempt;
  }
}

/** The caller's stream options as they came, but for the usage that every stream is asked for. */
function streamOptionsWithUsage(text: string): string {
  const member = jsonMembers(text).findLast(({ key }) => key === "stream_options");
  const options = member ? text.slice(member.valueStart, member.valueEnd) : "";
  return setJsonMembers(options.startsWith("{") ? options : "{}", { include_usage: "true" });
}

/** Where a clamp is said. */
function maximumField({ path }: ModelRequest, attempt: Attempt): string {
  if (path === "responses") return "max_output_tokens";
  return path === "completions" ? "max_tokens" : PROVIDERS[attempt.provider].maxTokensField;
}

/** The body as this attempt's provider gets it: the caller's text, but for the model's name, forced usage and a clamp. */
function bodyFor(request: ModelRequest, planned: Plan, attempt: Attempt): string {
  const edits: Record<string, string> = {};
  // What is routed need not name a model itself.
  if (request.routing !== null || attempt.upstreamModel !== request.model)
    edits.model = JSON.stringify(attempt.upstreamModel);
  if (request.streamed && !request.wantsUsage) edits.stream_options = streamOptionsWithUsage(request.text);
  if (planned.clampedMaxTokens !== null) {
    edits[maximumField(request, attempt)] = String(planned.clampedMaxTokens);
  }
  return setJsonMembers(request.text, edits);
}

function keyOf(attempt: Attempt): string {
  switch (attempt.credential.kind) {
    case "own":
      return open(attempt.credential.sealed);
    case "pool":
      return attempt.credential.key;
    case "none":
      return "";
  }
}

/** What a provider says, without the key that it was called with: not every key has a form that can be recognised. */
export function withoutKeyOf(attempt: Attempt, text: string): string {
  const key = keyOf(attempt);
  return key === "" ? text : text.replaceAll(key, "…");
}

/** Where an attempt's call goes, and with whose key. */
export function callTo(
  attempt: Attempt,
  signal: AbortSignal | null,
  timeoutMs: number,
): Omit<ProviderCall, "path" | "body"> {
  const publicOnly = attempt.credential.kind === "own" && attempt.baseUrl !== null && !config().allowPrivateUpstreams;
  return { key: keyOf(attempt), baseUrl: attempt.baseUrl, publicOnly, signal, timeoutMs };
}

/** An answer that came with a good status and is an error all the same, or nothing we know. */
class UnusableAnswer extends Error {
  readonly error: GatewayError;
  readonly status: number;

  constructor(said: string, status: number, attempt: Attempt) {
    const error = unusableAnswer(withoutKeyOf(attempt, said), attempt.provider);
    super(error.message, { cause: error });
    this.error = error;
    this.status = status;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @throws UnusableAnswer, ProviderFailure. */
async function wholeOf(answer: ProviderAnswer, attempt: Attempt): Promise<WholeAnswer> {
  const text = await answer.text();
  const value = parsed(text);
  if (!isRecord(value) || value.error) throw new UnusableAnswer(text, answer.status, attempt);
  return { kind: "whole", text, value };
}

/** Whether an event's data is an error; most are not even looked into. */
function isError(data: string): boolean {
  if (!data.includes('"error"')) return false;
  const value = parsed(data);
  return isRecord(value) && Boolean(value.error);
}

/**
 * The stream's events, once the first one with data is there: until then nothing has reached the caller, and a provider
 * that fails is a failed attempt.
 * @throws UnusableAnswer where the first one is an error, ProviderFailure.
 */
async function fromFirstEvent(answer: ProviderAnswer, attempt: Attempt): Promise<AsyncIterable<RawEvent>> {
  const events = splitEvents(answer.body);
  for (;;) {
    const first = await events.next();
    if (first.done) throw new ProviderFailure("network", "the stream ended before it began");
    const { data } = first.value;
    if (data === null) continue;
    if (!isError(data)) return resume(first.value, events);
    await events.return(undefined);
    throw new UnusableAnswer(data, answer.status, attempt);
  }
}

/** The events from the first on, which has been taken off already. A reader that stops at it ends the call as well. */
function resume(first: RawEvent, rest: AsyncGenerator<RawEvent>): AsyncIterable<RawEvent> {
  let taken: RawEvent | null = first;
  const iterator: AsyncIterator<RawEvent> = {
    next: () => {
      if (taken === null) return rest.next();
      const value = taken;
      taken = null;
      return Promise.resolve({ value, done: false });
    },
    return: () => rest.return(undefined),
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

function record(
  attempt: Attempt,
  sentAt: number,
  rest: Pick<AttemptRecord, "status" | "outcome" | "error">,
): AttemptRecord {
  const made: AttemptRecord = {
    provider: attempt.provider,
    model: attempt.upstreamModel,
    providerKeyId: attempt.credential.kind === "own" ? attempt.credential.providerKeyId : null,
    status: rest.status,
    outcome: rest.outcome,
    error: rest.error,
    durationMs: Math.round(performance.now() - sentAt),
  };
  noteUpstream(made);
  return made;
}

/** What an attempt that threw tells of its way. */
function outcomeOfFailure(error: unknown): CallOutcome {
  const isFailure = error instanceof UnusableAnswer || (error instanceof ProviderFailure && error.kind !== "aborted");
  return isFailure ? "failed" : "unclear";
}

/**
 * Tries the planned attempts in order until one answers; those whose circuit is open come last. It moves on only before
 * the first byte reached the caller, and only on failures that fallback.ts names.
 * @throws ForwardFailure when none answered.
 */
export async function forward(
  request: ModelRequest,
  planned: Plan,
  signal: AbortSignal | null,
  { requestId, translations, timeoutMs }: { requestId: string; translations: Translations; timeoutMs: number },
  breakers = circuits,
  times = pace,
): Promise<Forwarded> {
  const attempts: AttemptRecord[] = [];
  let left: readonly Attempt[] = planned.attempts;
  for (let attempt = breakers.next(left); attempt !== null; attempt = breakers.next(left)) {
    const sentAt = performance.now();
    const last = left.length === 1;
    try {
      const provider = PROVIDERS[attempt.provider];
      const translation = translations.get(attempt);
      const call = callTo(attempt, signal, timeoutMs);
      const answer = translation
        ? await sendTranslation(
            translation,
            provider,
            call,
            { requestId, model: answeredModel(request, attempt.model) },
            planned.clampedMaxTokens,
          )
        : await provider.send({
            path: request.path,
            key: call.key,
            baseUrl: call.baseUrl,
            publicOnly: call.publicOnly,
            body: bodyFor(request, planned, attempt),
            headers: request.headers,
            signal,
            timeoutMs,
          });
      const ok = answer.status >= 200 && answer.status < 300;
      if (ok) {
        const taken: Forwarded["answer"] = request.streamed
          ? { kind: "stream", events: await fromFirstEvent(answer, attempt) }
          : await wholeOf(answer, attempt);
        const ms = performance.now() - sentAt;
        if (taken.kind === "whole") times.noteWhole(attempt, taken.text.length, ms);
        else times.noteFirstEvent(attempt, ms);
        breakers.note(attempt, "served", ms);
        attempts.push(record(attempt, sentAt, { status: answer.status, outcome: "served", error: null }));
        return { attempt, answer: taken, attempts };
      }
      const retryAfter = answer.headers["retry-after"];
      breakers.note(attempt, outcomeOf(answer.status), performance.now() - sentAt, retryAfter);
      const text = await answer.text();
      const said = providerText(text);
      attempts.push(record(attempt, sentAt, { status: answer.status, outcome: "failed", error: said }));
      if (attempt.credential.kind === "own" && outcomeOf(answer.status) === "refused")
        noteRefusal(attempt.credential.providerKeyId, said || `status ${answer.status}`);
      if (last || !mayFallBack(answer.status)) {
        throw new ForwardFailure(
          upstreamRefusal(answer.status, text, retryAfter, attempt.provider, request.path),
          attempts,
          attempt,
        );
      }
    } catch (error) {
      if (error instanceof ForwardFailure) throw error;
      const cancelled = signal?.aborted ?? false;
      const unusable = error instanceof UnusableAnswer ? error : null;
      breakers.note(attempt, cancelled ? "unclear" : outcomeOfFailure(error), performance.now() - sentAt);
      attempts.push(
        record(attempt, sentAt, {
          status: unusable?.status ?? null,
          outcome: cancelled ? "cancelled" : "failed",
          error: error instanceof Error ? error.message : "failed",
        }),
      );
      if (!cancelled && !unusable) log().warn({ err: error, provider: attempt.provider }, "a provider did not answer");
      if (cancelled)
        throw new ForwardFailure(new GatewayError("client_closed_request", "The caller went away."), attempts, attempt);
      if (last)
        throw new ForwardFailure(unusable?.error ?? upstreamFailure(error, attempt.provider), attempts, attempt);
    }
    left = left.filter((other) => other !== attempt);
  }
  throw new Error("a plan has at least one attempt");
}
