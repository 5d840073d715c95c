import { setTimeout as sleep } from "node:timers/promises";
import type { ErrorCode, GatewayError } from "@/lib/core/errors";
import { GroupCommit } from "@/lib/gateway/group-commit";
import { type CountedFailure, countFailures } from "@/lib/identity/count-failures";
import { afterFailure, type Failures, isFaded, secondsBlocked, tooManyFailures } from "@/lib/identity/failures";
import { networkOf } from "@/lib/identity/network";
import { type BruteForceConfig, config } from "@/lib/infra/config";
import { isDatabaseUnavailable } from "@/lib/infra/db";
import { log } from "@/lib/infra/log";

/*
 * A credential that verifies never comes here, so whoever has one pays nothing for this, also from a blocked address
 * (CONTRACT section 2). What does not verify is counted in the database before it is answered: so five are five on however
 * many instances. A network that is known to be blocked is refused from memory, so guessing on costs the database nothing.
 * Instances have clocks of their own: when a block begins and ends is the database's time, which each count brings along.
 */

/** Guesses: nobody has such a credential. One that is disabled or expired was somebody's, and counts for nothing. */
const COUNTED: ReadonlySet<ErrorCode> = new Set(["invalid_key", "malformed_header"]);

/** What a blocked address is not told any more: whether it has a credential at all, and what became of it. */
const UNSAID_WHILE_BLOCKED: ReadonlySet<ErrorCode> = new Set([
  ...COUNTED,
  "missing_key",
  "key_in_query",
  "key_inactive",
  "key_expired",
]);

/** A database that is slow or away must not hold up a refusal; it is counted in memory then. */
const PATIENCE_MS = 1_000;
/** More guesses than this at once, from networks not known to be blocked, are counted in memory too. */
const QUEUE_LIMIT = 1_000;
const NETWORKS_MAX = 50_000;

/** What the counting needs from outside. */
export interface WrongCredentialsOptions {
  policy: () => BruteForceConfig;
  /** Counts one failure of each name in the database; see `countFailures`. */
  count: typeof countFailures;
  now?: () => Date;
  patienceMs?: number;
  /** How many networks are remembered; beyond, the one that was met first is forgotten. */
  networksMax?: number;
  /** Told of each block as it begins, by the instance that brought it about: never of what is refused while it lasts. */
  onBlock?: (block: Block) => void;
}

/** A network that is answered 429 from now on. */
export interface Block {
  /** As `networkOf` names it. */
  network: string;
  /** Wrong credentials in a row that came from there. */
  failures: number;
  seconds: number;
}

/** Counts wrong credentials by the network that they come from. */
export interface WrongCredentials {
  /**
   * What to answer in place of `error`, which ended a request from `remoteAddress` (empty: not known): the same, counted
   * where it is a guess; or 429 `too_many_failures` while the address is blocked, which is not counted. Never throws.
   */
  refusal(error: GatewayError, remoteAddress: string): GatewayError | Promise<GatewayError>;
  /** How many networks are remembered. */
  size(): number;
}

/** An empty memory over a database. */
export function createWrongCredentials({
  policy,
  count,
  now = () => new Date(),
  patienceMs = PATIENCE_MS,
  networksMax = NETWORKS_MAX,
  onBlock,
}: WrongCredentialsOptions): WrongCredentials {
  /** The last known record of each network, in the database's time; its own are newer where other instances count too. */
  const known = new Map<string, Failures>();
  const commits = new GroupCommit<string, CountedFailure>((names) => count(names, policy()), {
    queueLimit: QUEUE_LIMIT,
  });
  /** How far the database's clock was ahead of this instance's, ms, when it last counted. */
  let ahead = 0;
  /** About what the database's clock says, without asking it: at most what an answer of it took to come behind. */
  const databaseTime = () => new Date(now().getTime() + ahead);

  const remember = (name: string, state: Failures): void => {
    known.delete(name);
    const oldest = known.size >= networksMax ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    known.set(name, state);
  };

  const blockedFor = (name: string): number => {
    const state = known.get(name);
    if (!state) return 0;
    const at = databaseTime();
    const seconds = secondsBlocked(state, at);
    if (seconds === 0 && isFaded(state, policy(), at)) known.delete(name);
    return seconds;
  };

  /** Where the database does not say, what this process has seen itself decides. */
  const countHere = (name: string): CountedFailure => {
    const at = databaseTime();
    const before = known.get(name) ?? { failures: 0, lastFailure: at, blockedUntil: null, blockSeconds: 0 };
    if (secondsBlocked(before, at) > 0) return { counted: false, state: before, at };
    const state = afterFailure(before, policy(), at);
    remember(name, state);
    return { counted: true, state, at };
  };

  const countThere = (name: string): Promise<CountedFailure | null> =>
    commits.submit(name).then(
      (result) => {
        ahead = result.at.getTime() - now().getTime();
        remember(name, result.state);
        return result;
      },
      (error: unknown) => {
        if (!isDatabaseUnavailable(error)) log().warn({ err: error }, "wrong credentials are counted in memory");
        return null;
      },
    );

  const counted = async (error: GatewayError, network: string): Promise<GatewayError> => {
    const name = nameOf(network);
    const inTime = new AbortController();
    const late = sleep(patienceMs, null, { ref: false, signal: inTime.signal }).catch(() => null);
    const result = (await Promise.race([countThere(name), late])) ?? countHere(name);
    inTime.abort();
    const seconds = secondsBlocked(result.state, result.at);
    if (!result.counted) return tooManyWrong(seconds);
    if (seconds > 0) onBlock?.({ network, failures: result.state.failures, seconds });
    return error;
  };

  return {
    refusal(error, remoteAddress) {
      if (!UNSAID_WHILE_BLOCKED.has(error.code) || !policy().enabled) return error;
      const network = networkOf(remoteAddress);
      const seconds = blockedFor(nameOf(network));
      if (seconds > 0) return tooManyWrong(seconds);
      return COUNTED.has(error.code) ? counted(error, network) : error;
    },
    size: () => known.size,
  };
}

/** The row of table `block` that counts for a network. */
function nameOf(network: string): string {
  return `key:${network}`;
}

function tooManyWrong(seconds: number): GatewayError {
  return tooManyFailures("requests with a wrong API key came from this address", Math.max(1, seconds));
}

/** What this process knows. */
export const wrongCredentials = createWrongCredentials({
  policy: () => config().bruteForce,
  count: countFailures,
  onBlock: (block) => log().warn(block, "an address is blocked: too many wrong API keys came from it"),
});
