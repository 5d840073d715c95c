import { ratesFor } from "@/lib/catalog/price";
import type { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";
import type { Hold } from "@/lib/gateway/admit";
import type { Metered } from "@/lib/gateway/meter";
import type { ModelRequest } from "@/lib/gateway/parse";
import type { Attempt } from "@/lib/gateway/plan";
import type { AttemptRecord, RefusalRecord, Settlement } from "@/lib/gateway/settlement-statement";
import { redact } from "@/lib/infra/redact";
import type { Caller } from "@/lib/keys/caller";

const LONGEST_MODEL = 200;
/** No key of ours or of a provider is shorter. */
const SHORTEST_KEY = 20;
const LONGEST_MESSAGE = 500;
const LONGEST_REASON = 40;
const LARGEST_INT = 2_147_483_647;

/** What every receipt says of its request, whatever became of it. */
export interface RequestFacts {
  id: string;
  /** ms since 1970. */
  createdAt: number;
  /** performance.now() at the start. */
  startedAt: number;
  endpoint: string;
  clientRequestId: string | null;
  clientAddress: string | null;
}

/** What differs between receipts; what is left out says that nothing was used, nobody pays and nothing went wrong. */
interface Course {
  outcome: Settlement["outcome"];
  status: number;
  error?: GatewayError | null;
  hold?: Hold;
  attempt?: Attempt;
  attempts?: AttemptRecord[];
  metered?: Metered;
  finishReason?: string | null;
  cancelled?: boolean;
  firstTokenAt?: number | null;
  cachedFrom?: string | undefined;
}

/** Names are short, keys are not: somebody put one into the wrong field. */
function withoutKeys(model: string): string {
  return model.length < SHORTEST_KEY ? model : redact(model);
}

/** One literal with every field: receipts are made for every request, and spreading objects of this size costs more than the rest of it. */
function receipt(facts: RequestFacts, caller: Caller, request: ModelRequest, course: Course): Settlement {
  const { hold, attempt, metered, error } = course;
  const usage = metered?.usage;
  // Those that the cost was worked out with: a long prompt has its own.
  const rates = attempt?.isPriced ? ratesFor(usage ? usage.promptTokens : 0, attempt.price) : null;
  return {
    id: facts.id,
    createdAt: facts.createdAt,
    organizationId: caller.organizationId,
    projectId: caller.projectId,
    apiKeyId: caller.keyId,
    endUserId: caller.endUserId,
    environment: caller.environment,
    endpoint: facts.endpoint,
    outcome: course.outcome,
    status: course.status,
    errorCode: error ? error.wireCode : null,
    errorMessage: error ? cleanText(redact(error.message), LONGEST_MESSAGE) : null,
    refusal: error && course.outcome === "refused" ? factsOf(error.metadata) : null,
    requestedModel: cleanText(withoutKeys(request.model), LONGEST_MODEL),
    model: attempt ? attempt.model.name : null,
    provider: attempt ? attempt.provider : null,
    providerKeyId: attempt?.credential.kind === "own" ? attempt.credential.providerKeyId : null,
    streamed: request.streamed,
    cancelled: course.cancelled ?? false,
    finishReason: course.finishReason ? cleanText(course.finishReason, LONGEST_REASON) : null,
    isByok: attempt?.credential.kind === "own",
    billedTo: metered && attempt ? attempt.billedTo : "none",
    promptTokens: usage ? usage.promptTokens : 0,
    cachedTokens: usage ? usage.cachedTokens : 0,
    cacheWriteTokens: usage ? usage.cacheWriteTokens : 0,
    completionTokens: usage ? usage.completionTokens : 0,
    reasoningTokens: usage ? usage.reasoningTokens : 0,
    usageEstimated: usage ? usage.estimated : false,
    inputPrice: rates ? rates.input : null,
    outputPrice: rates ? rates.output : null,
    cachedInputPrice: rates?.cachedInput ?? null,
    cacheWritePrice: rates?.cacheWrite ?? null,
    hold: hold ? hold.amount : 0n,
    cost: attempt?.isPriced === false ? null : metered ? metered.cost : 0n,
    charged: metered ? metered.charged : 0n,
    operatorLoss: metered ? metered.operatorLoss : 0n,
    attempts: course.attempts ?? [],
    latencyMs: Math.min(LARGEST_INT, Math.round(performance.now() - facts.startedAt)),
    firstTokenMs:
      typeof course.firstTokenAt === "number"
        ? Math.min(LARGEST_INT, Math.round(course.firstTokenAt - facts.startedAt))
        : null,
    clientRequestId: facts.clientRequestId,
    clientAddress: facts.clientAddress,
    cachedFrom: course.cachedFrom ?? null,
    charges: metered ? metered.charges : [],
  };
}

function factsOf(metadata: Record<string, unknown>): RefusalRecord {
  const facts: RefusalRecord = {};
  for (const [name, value] of Object.entries(metadata)) {
    facts[name] =
      typeof value === "string"
        ? cleanText(value, LONGEST_MODEL)
        : typeof value === "number" || typeof value === "boolean" || value === null
          ? value
          : JSON.stringify(value);
  }
  return facts;
}

/** Refused before anything was held. */
export function refusedReceipt(
  facts: RequestFacts,
  caller: Caller,
  request: ModelRequest,
  error: GatewayError,
): Settlement {
  return receipt(facts, caller, request, { outcome: "refused", status: error.status, error });
}

/** Held, but no answer came: released, nothing charged. */
export function releasedReceipt(
  facts: RequestFacts,
  caller: Caller,
  request: ModelRequest,
  hold: Hold,
  failure: { attempt: Attempt; attempts: AttemptRecord[]; error: GatewayError; cancelled: boolean },
): Settlement {
  return receipt(facts, caller, request, {
    outcome: "released",
    status: failure.error.status,
    error: failure.error,
    hold,
    attempt: failure.attempt,
    attempts: failure.attempts,
    cancelled: failure.cancelled,
  });
}

/** Served, wholly or in part: charged for what was produced. */
export function settledReceipt(
  facts: RequestFacts,
  caller: Caller,
  request: ModelRequest,
  hold: Hold,
  served: {
    attempt: Attempt;
    attempts: AttemptRecord[];
    metered: Metered;
    finishReason: string | null;
    status: number;
    error: GatewayError | null;
    cancelled: boolean;
    firstTokenAt: number | null;
    /** The request whose kept answer it was; left out: a provider made it. */
    cachedFrom?: string;
  },
): Settlement {
  return receipt(facts, caller, request, {
    outcome: "settled",
    status: served.status,
    error: served.error,
    hold,
    attempt: served.attempt,
    attempts: served.attempts,
    metered: served.metered,
    finishReason: served.finishReason,
    cancelled: served.cancelled,
    firstTokenAt: served.firstTokenAt,
    cachedFrom: served.cachedFrom,
  });
}
