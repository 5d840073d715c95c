import { hash } from "node:crypto";
import { CircuitState, ConsecutiveBreaker, CountBreaker } from "cockatiel";
import type { Attempt } from "@/lib/gateway/plan";
import { retryAfterMs } from "@/lib/gateway/retry-after";
import { log } from "@/lib/infra/log";

/** A key that its provider refused does not heal by itself; it is asked again after so long. */
const REFUSED_MS = 5 * 60_000;
/** For a 429 that does not say how long, and the longest that one which does is believed. */
const LIMITED_MS = 10_000;
const LIMITED_MS_MAX = 60_000;
/** After failures; twice as long after each probe that fails, up to the longest. */
const FAILED_MS = 5_000;
const FAILED_MS_MAX = 60_000;
/** So many failures in a row open a circuit, or more than this share of the last calls, once there were enough of them. */
const FAILURES_IN_A_ROW = 5;
const FAILED_SHARE = { threshold: 0.5, size: 20, minimumNumberOfCalls: 10 } as const;
/** A failure that is older says little about now, and is forgotten. */
const FORGOTTEN_MS = 60_000;
/** A probe that takes longer holds the others back no more. */
const PROBE_MS = 30_000;
/** How many circuits are remembered; beyond, the one that was met first is forgotten. */
const CIRCUITS_MAX = 10_000;

/**
 * What a call told of its way. served: a usable answer. refused: the key is wrong, forbidden, its account empty. limited:
 * too many calls. failed: the provider or the network did. unclear: none of these, as a request that is wrong or a
 * caller who left.
 */
export type CallOutcome = "served" | "refused" | "limited" | "failed" | "unclear";

/** What a provider's refusal, by its status, tells of the way. */
export function outcomeOf(status: number): CallOutcome {
  if (status === 401 || status === 402 || status === 403) return "refused";
  if (status === 429) return "limited";
  return status === 408 || status >= 500 ? "failed" : "unclear";
}

/** Whether it was about the key, whenever the call began. */
function isAboutKey(outcome: CallOutcome): boolean {
  return outcome === "refused" || outcome === "limited";
}

/**
 * A circuit breaker for each provider key and the address that it is used at. A circuit is opened by one refusal or limit,
 * and by failures in a row or a high share of them; it is then tried last for a while, and not left out: a call that has no
 * other way is made all the same. After that one call probes it in its place, while it stays last for the others: an answer
 * closes it, another failure opens it for longer. Each process, and each copy of this module in it, learns for itself.
 */
export interface Circuits {
  /**
   * The one to try next: the first whose circuit is closed or, being due, is probed by this; where there is none, the first.
   * null: there is none at all.
   */
  next(attempts: readonly Attempt[]): Attempt | null;
  /** Takes note of how a call went that took so long; `retryAfter` is the header of that name, for a limit. */
  note(attempt: Attempt, outcome: CallOutcome, tookMs: number, retryAfter?: string): void;
  /** How many circuits are remembered. */
  size(): number;
}

interface Circuit {
  inARow: ConsecutiveBreaker;
  share: CountBreaker;
  /** The last failure, ms since 1970. */
  failedAt: number;
  /** It is open until then, ms since 1970; null: closed, though it failed a moment ago. */
  openUntil: number | null;
  /** When it was opened last, ms since 1970. */
  openedAt: number;
  isProbed: boolean;
  /** How long it is open after the next probe that fails. */
  nextMs: number;
}

/** One that failed never before: what never failed has none. */
function newCircuit(): Circuit {
  return {
    inARow: new ConsecutiveBreaker(FAILURES_IN_A_ROW),
    share: new CountBreaker(FAILED_SHARE),
    failedAt: 0,
    openUntil: null,
    openedAt: 0,
    isProbed: false,
    nextMs: FAILED_MS,
  };
}

/** Attempts live as long as what is remembered of their caller. */
const names = new WeakMap<Attempt, string>();

/** Names a key, without holding it, and its address; null: what needs no key is in process, and has no circuit. */
function nameOf(attempt: Attempt): string | null {
  const { provider, credential, baseUrl } = attempt;
  if (credential.kind === "none") return null;
  let name = names.get(attempt);
  if (name === undefined) {
    const key =
      credential.kind === "own"
        ? credential.providerKeyId
        : hash("sha256", `${provider} ${credential.key}`, "base64url");
    name = `${provider} ${credential.kind} ${key} ${baseUrl}`;
    names.set(attempt, name);
  }
  return name;
}

/** An empty memory, in which every circuit is closed. `now` gives milliseconds since 1970. */
export function createCircuits(now: () => number = Date.now): Circuits {
  const circuits = new Map<string, Circuit>();

  const remembered = (name: string): Circuit => {
    const known = circuits.get(name);
    if (known) return known;
    const circuit = newCircuit();
    circuits.set(name, circuit);
    const [oldest] = circuits.keys();
    if (circuits.size > CIRCUITS_MAX && oldest !== undefined) circuits.delete(oldest);
    return circuit;
  };

  const open = (circuit: Circuit, ms: number, attempt: Attempt, why: CallOutcome): void => {
    if (circuit.openUntil === null) {
      const { provider, credential } = attempt;
      const providerKeyId = credential.kind === "own" ? credential.providerKeyId : null;
      log().warn({ provider, providerKeyId, why, ms }, "a provider key is tried last for a while");
    }
    circuit.openedAt = now();
    circuit.openUntil = circuit.openedAt + ms;
    circuit.isProbed = false;
  };

  const fail = (circuit: Circuit, attempt: Attempt): void => {
    const at = now();
    if (circuit.openUntil === null) {
      if (at - circuit.failedAt > FORGOTTEN_MS) Object.assign(circuit, newCircuit());
      circuit.failedAt = at;
      const isRow = circuit.inARow.failure();
      const isShare = circuit.share.failure(CircuitState.Closed);
      if (!isRow && !isShare) return;
    } else if (circuit.openUntil > at && !circuit.isProbed) {
      // It was tried for want of another way, and says nothing new.
      return;
    }
    open(circuit, circuit.nextMs, attempt, "failed");
    circuit.nextMs = Math.min(2 * circuit.nextMs, FAILED_MS_MAX);
  };

  const serve = (name: string, circuit: Circuit): void => {
    if (circuit.openUntil !== null || now() - circuit.failedAt > FORGOTTEN_MS) {
      circuits.delete(name);
      return;
    }
    circuit.inARow.success();
    circuit.share.success(CircuitState.Closed);
  };

  /** Whether an attempt may go in its place; where its circuit is due, it is the probe. */
  const mayGo = (attempt: Attempt): boolean => {
    const name = nameOf(attempt);
    const circuit = name === null ? undefined : circuits.get(name);
    if (!circuit || circuit.openUntil === null) return true;
    const at = now();
    if (circuit.openUntil > at) return false;
    circuit.openUntil = at + PROBE_MS;
    circuit.isProbed = true;
    return true;
  };

  return {
    next(attempts) {
      const first = attempts[0] ?? null;
      // Nothing failed of late at most times, and then this costs nothing.
      if (circuits.size === 0 || attempts.length < 2) return first;
      return attempts.find(mayGo) ?? first;
    },
    note(attempt, outcome, tookMs, retryAfter) {
      if (circuits.size === 0 && (outcome === "served" || outcome === "unclear")) return;
      const name = nameOf(attempt);
      if (name === null) return;
      const known = circuits.get(name);
      // The clock has whole milliseconds: what began after it opened must not seem to have begun before.
      const startedAt = now() - Math.floor(tookMs);
      // Calls that were on their way when it opened neither close it nor keep it open.
      if (known && known.openUntil !== null && startedAt < known.openedAt && !isAboutKey(outcome)) return;
      switch (outcome) {
        case "served":
          if (known) serve(name, known);
          return;
        case "unclear":
          // The next call probes it.
          if (known?.isProbed) Object.assign(known, { openUntil: now(), isProbed: false });
          return;
        case "refused":
          open(remembered(name), REFUSED_MS, attempt, outcome);
          return;
        case "limited": {
          const ms = Math.min(retryAfterMs(retryAfter, now()) ?? LIMITED_MS, LIMITED_MS_MAX);
          if (ms > 0) open(remembered(name), ms, attempt, outcome);
          else circuits.delete(name);
          return;
        }
        case "failed":
          fail(remembered(name), attempt);
      }
    },
    size: () => circuits.size,
  };
}

/** What this process remembers. */
export const circuits = createCircuits();
