import { databaseUnavailable, GatewayError, MESSAGES } from "@/lib/core/errors";
import { formatUsd } from "@/lib/core/money";
import { cleanText } from "@/lib/core/text";
import {
  type Admission,
  type AdmissionVerdict,
  type Admitted,
  admitBatch,
  type MeterRefusal,
  type Need,
} from "@/lib/gateway/admission-statement";
import { distrustLog } from "@/lib/gateway/durability";
import { type BatchTallies, GroupCommit } from "@/lib/gateway/group-commit";
import { HOLD_SECONDS, keepAlive } from "@/lib/gateway/holds";
import { INSTANCE } from "@/lib/gateway/instance";
import {
  affordableOf,
  billsCredits,
  boundOf,
  clampPlan,
  creditsBoundOf,
  drawsOnCredits,
  type Plan,
  refusalOrder,
  SMALLEST_CLAMP,
  withoutCredits,
} from "@/lib/gateway/plan";
import { abandonHold, roomFreed } from "@/lib/gateway/settle";
import { isDatabaseUnavailable } from "@/lib/infra/db";
import type { Caller, CallerMeter } from "@/lib/keys/caller";

/** The hold of an admitted request: what settle has to give back. */
export interface Hold {
  requestId: string;
  /** The upper bound at list price, nano-dollars: what spend meters hold. */
  amount: bigint;
  /** What the credits meter holds: all of it where credits pay, the fee where they pay for the routing alone, or nothing. */
  creditsAmount: bigint;
  meters: readonly CallerMeter[];
  /** The plan as admitted: clamped where the whole was not affordable. */
  plan: Plan;
  requestsLeft: number | null;
  tokensLeft: number | null;
}

/** The key changed between reading it and admission; the pipeline reads it again and starts over. */
export class StaleCaller extends Error {}

const commits = new GroupCommit<Admission, AdmissionVerdict>(admitBatch);
/** What is counted of admission's batches. */
export const admissionBatches: BatchTallies = commits;

/**
 * How long a request waits for room that others only hold. Holds are upper bounds; when they are settled most of them
 * comes back, so refusing at once would turn requests away from a limit that is far from reached (docs/decisions).
 */
const PATIENCE_MS = 3_000;
/** Where others use the limit up meanwhile, it goes on waiting for its turn, but not for longer than this. */
const LONGEST_PATIENCE_MS = 15_000;
const PATIENT_LIMIT = 2_000;
const CROWDED_TRIES = 1_000;
let patient = 0;

const ordered = new WeakMap<Caller, { all: readonly CallerMeter[]; withoutCredits: readonly CallerMeter[] }>();

/** The meters that a request draws on, in the order in which they refuse. */
function metersOf(caller: Caller, withCredits: boolean): readonly CallerMeter[] {
  let meters = ordered.get(caller);
  if (!meters) {
    const all = [...caller.meters].sort((a, b) => refusalOrder(a) - refusalOrder(b));
    meters = { all, withoutCredits: all.filter((meter) => meter.kind !== "credits") };
    ordered.set(caller, meters);
  }
  return withCredits ? meters.all : meters.withoutCredits;
}

/**
 * A plan without the attempts that credits pay for; null where it has no others, or none of them. What is left may still
 * draw on credits, for the fee.
 */
function planWithoutCredits(planned: Plan): Plan | null {
  if (!planned.attempts.some(billsCredits)) return null;
  const attempts = withoutCredits(planned.attempts);
  return attempts && { ...planned, model: attempts[0].model.name, attempts };
}

/** What credits could not pay of late, by whom; so that it is not asked for with each request anew. */
const unaffordable = new WeakMap<Caller, { amount: bigint; until: number }>();
const UNAFFORDABLE_MS = 5_000;

/** The plan as it came, or without the pool's keys that stand in for own ones and were too dear a moment ago. */
function withinCredits(caller: Caller, planned: Plan): Plan {
  if (caller.mode !== "hybrid" || billsCredits(planned.attempts[0])) return planned;
  const short = unaffordable.get(caller);
  if (!short || short.until < performance.now() || creditsBoundOf(planned) < short.amount) return planned;
  return planWithoutCredits(planned) ?? planned;
}

function needsOf(
  caller: Caller,
  planned: Plan,
): { needs: Need[]; meters: readonly CallerMeter[]; amount: bigint; creditsAmount: bigint } {
  const amount = boundOf(planned);
  const creditsAmount = creditsBoundOf(planned);
  const meters = metersOf(caller, planned.attempts.some(drawsOnCredits));
  const needs = meters.map(
    (meter): Need => ({
      meterId: meter.id,
      amount: amountFor(meter, planned, amount, creditsAmount),
      counted: meter.unit === "requests",
    }),
  );
  return { needs, meters, amount, creditsAmount };
}

/** The least of `meter` that the request could do with, its answer shortened as far as may be. */
function leastOf(meter: CallerMeter, planned: Plan): bigint {
  const shortest = Math.min(planned.completionBound, SMALLEST_CLAMP * planned.choices);
  const least = planned.longestClamp >= SMALLEST_CLAMP ? { ...planned, completionBound: shortest } : planned;
  return amountFor(meter, least, boundOf(least), creditsBoundOf(least));
}

function amountFor(meter: CallerMeter, planned: Plan, amount: bigint, creditsAmount: bigint): bigint {
  switch (meter.unit) {
    case "requests":
      return 1n;
    case "tokens":
      return BigInt(planned.promptBound + planned.completionBound);
    case "usd":
      return meter.kind === "credits" ? creditsAmount : amount;
  }
}

async function submit(admission: Admission): Promise<AdmissionVerdict> {
  try {
    return await commits.submit(admission);
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error;
    distrustLog(error);
    // Whether the hold was written is not known: give it back if it was.
    abandonHold(admission);
    throw databaseUnavailable(error);
  }
}

/**
 * Holds the most that the request can cost on every meter it draws on, in one durable statement together with whatever
 * else arrived meanwhile. Before it nothing was sent anywhere. What credits do not pay for is left out of the plan, as long
 * as own keys serve it.
 * @throws GatewayError key_limit_reached, insufficient_credits, budget_exceeded, rate_limited, key_expired,
 *   database_unavailable, overloaded; StaleCaller when the key changed.
 */
export async function admit(
  caller: Caller,
  planned: Plan,
  request: { id: string; createdAt: number; endpoint: string },
): Promise<Hold> {
  const start = performance.now();
  let wanted = withinCredits(caller, planned);
  let current = wanted;
  let used: bigint | null = null;
  let lastProgress = start;
  for (let tries = 0; tries < CROWDED_TRIES; tries += 1) {
    const { needs, meters, amount, creditsAmount } = needsOf(caller, current);
    const verdict = await submit({
      requestId: request.id,
      createdAt: request.createdAt,
      keyId: caller.keyId,
      keyVersion: caller.version,
      validUntil: caller.validUntil,
      organizationId: caller.organizationId,
      projectId: caller.projectId,
      environment: caller.environment,
      endpoint: request.endpoint,
      model: cleanText(current.model, 200),
      needs,
      amount,
      instance: INSTANCE,
      holdSeconds: HOLD_SECONDS,
    });
    switch (verdict.kind) {
      case "admitted":
        keepAlive(request.id);
        return { requestId: request.id, amount, creditsAmount, meters, plan: current, ...leftOf(verdict) };
      case "stale":
        throw new StaleCaller("the key changed since it was read");
      case "expired":
        throw new GatewayError("key_expired", MESSAGES.keyExpired);
      case "crowded":
        break;
      case "refused": {
        const meter = meters.find((candidate) => candidate.id === verdict.meterId);
        if (!meter) throw new StaleCaller("the refusing meter is not the key's any more");
        if (verdict.used !== used) {
          used = verdict.used;
          lastProgress = performance.now();
        }
        const unpaid = meter.kind === "credits" ? planWithoutCredits(wanted) : null;
        // A pool's key that stands in for an own one is worth neither a wait nor a shorter answer.
        if (unpaid && !billsCredits(wanted.attempts[0])) {
          unaffordable.set(caller, { amount: creditsAmount, until: performance.now() + UNAFFORDABLE_MS });
          wanted = unpaid;
          current = unpaid;
          break;
        }
        const room = verdict.limit - verdict.used - verdict.held;
        const clamped = meter.unit === "usd" ? clampPlan(wanted, room, meter.kind === "credits") : null;
        if (clamped) {
          current = clamped;
          break;
        }
        const roomMayCome = meter.kind !== "rate" && verdict.used + leastOf(meter, wanted) <= verdict.limit;
        const now = performance.now();
        const isOver = now - lastProgress > PATIENCE_MS || now - start > LONGEST_PATIENCE_MS;
        if (!roomMayCome || isOver || patient >= PATIENT_LIMIT) {
          if (!unpaid) throw refusal(caller, meter, verdict, current);
          wanted = unpaid;
          current = unpaid;
          break;
        }
        current = wanted;
        patient += 1;
        await roomFreed().finally(() => {
          patient -= 1;
        });
      }
    }
  }
  throw new GatewayError("overloaded", "The gateway is overloaded. Please try again shortly.", {
    headers: { "retry-after": "1" },
  });
}

function leftOf(verdict: Admitted): Pick<Hold, "requestsLeft" | "tokensLeft"> {
  return { requestsLeft: verdict.requestsLeft, tokensLeft: verdict.tokensLeft };
}

function amountText(meter: CallerMeter, amount: bigint): string {
  return meter.unit === "usd" ? formatUsd(amount) : amount.toString();
}

/** Whose spend limit it is, for everybody but an end user, who has a name. */
const SPENDERS: Readonly<Record<Exclude<CallerMeter["subject"], "end_user" | "api_key">, string>> = {
  project: "This project",
  member: "This member",
  organization: "This organization",
};

function refusal(caller: Caller, meter: CallerMeter, verdict: MeterRefusal, planned: Plan): GatewayError {
  const metadata = {
    meter: `${meter.subject}.${meter.kind}`,
    period: meter.period,
    unit: meter.unit,
    limit: amountText(meter, verdict.limit),
    used: amountText(meter, verdict.used),
    held: amountText(meter, verdict.held),
    needed: amountText(meter, verdict.amount),
    resets_at: verdict.resetsAt === null ? null : new Date(verdict.resetsAt).toISOString(),
  };
  if (meter.kind === "rate") {
    const seconds = Math.max(1, Math.ceil(((verdict.resetsAt ?? verdict.at) - verdict.at) / 1000));
    const left = verdict.limit - verdict.used - verdict.held;
    const never = verdict.amount > verdict.limit;
    return new GatewayError(
      "rate_limited",
      never
        ? `This request may take ${metadata.needed} ${meter.unit}, more than the rate limit of ${metadata.limit} ${meter.unit} per minute has in any minute. Shorten it, or lower max_tokens.`
        : `Rate limit of ${metadata.limit} ${meter.unit} per minute reached. Please try again in ${seconds} s.`,
      {
        metadata: { ...metadata, retry_after_seconds: seconds },
        headers: {
          "retry-after": String(seconds),
          [`x-ratelimit-limit-${meter.unit}`]: metadata.limit,
          [`x-ratelimit-remaining-${meter.unit}`]: String(left > 0n ? left : 0n),
          [`x-ratelimit-reset-${meter.unit}`]: `${seconds}s`,
        },
      },
    );
  }
  if (meter.kind === "credits") {
    const affordable = affordableOf(planned, verdict.limit - verdict.used - verdict.held, true);
    const isFee = planned.attempts.every(({ billedTo }) => billedTo !== "credits");
    if (isFee && affordable < 1)
      return new GatewayError(
        "insufficient_credits",
        "Organization has insufficient credits for the fee of requests that its own provider keys serve",
        { metadata },
      );
    if (caller.mode === "hybrid" && affordable < 1)
      return new GatewayError(
        "insufficient_credits",
        "No API key set for provider and organization has insufficient credits",
        { metadata },
      );
    const message =
      affordable < 1
        ? MESSAGES.insufficientCredits
        : `This request requires more credits, or fewer max_tokens. You requested up to ${planned.completionBound} tokens, but can only afford ${affordable}.`;
    return new GatewayError("insufficient_credits", message, {
      metadata: { ...metadata, affordable_tokens: Math.max(0, affordable) },
    });
  }
  if (meter.subject === "api_key") return new GatewayError("key_limit_reached", MESSAGES.keyLimitReached, { metadata });
  const whose = meter.subject === "end_user" ? `User '${caller.endUser?.name ?? ""}'` : SPENDERS[meter.subject];
  return new GatewayError("budget_exceeded", `${whose} has exceeded budget limit`, { metadata });
}
