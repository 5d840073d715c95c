import { GatewayError } from "@/lib/core/errors";
import { lockBlocks, saveBlock } from "@/lib/identity/block-store";
import { networkOf } from "@/lib/identity/network";
import { type BruteForceConfig, config } from "@/lib/infra/config";
import { transaction } from "@/lib/infra/db";

export interface SignInAttempt {
  /** As `emailSchema` leaves it; whether anybody has it does not matter. */
  email: string;
  /** The client's; null when it is not known. */
  address: string | null;
}

/** How often wrong passwords were tried, as table `block` keeps it. */
export interface Failures {
  failures: number;
  lastFailure: Date;
  blockedUntil: Date | null;
  blockSeconds: number;
}

type Policy = Pick<BruteForceConfig, "maxFailedAttempts" | "ttlSeconds" | "initialBlockSeconds" | "maxBlockSeconds">;

/** Room for a person with many devices, and for an office behind one address. */
const EMAIL_FACTOR = 5;
const NETWORK_FACTOR = 10;

/** What one attempt counts against, and how many failures each bears before it is blocked. */
function counters({ email, address }: SignInAttempt, max: number): { pair: string; limits: Map<string, number> } {
  const network = networkOf(address);
  const pair = `signin:${email}:${network}`;
  return {
    pair,
    limits: new Map([
      [pair, max],
      // Guessing one person's password from many addresses.
      [`signin:${email}`, max * EMAIL_FACTOR],
      // Trying many people's e-mails from one address.
      [`signin-from:${network}`, max * NETWORK_FACTOR],
    ]),
  };
}

/**
 * The counter after one more failure at `now`. From the `maxFailedAttempts`th on each one blocks: first for
 * `initialBlockSeconds`, then twice as long each time, to at most `maxBlockSeconds`. A record whose last failure is
 * `ttlSeconds` ago starts afresh.
 */
export function afterFailure(before: Failures, policy: Policy, now: Date): Failures {
  const faded = now.getTime() - before.lastFailure.getTime() > policy.ttlSeconds * 1000;
  const failures = (faded ? 0 : before.failures) + 1;
  if (failures < policy.maxFailedAttempts) return { failures, lastFailure: now, blockedUntil: null, blockSeconds: 0 };
  const doubled = faded ? 0 : before.blockSeconds * 2;
  const blockSeconds = Math.min(policy.maxBlockSeconds, Math.max(policy.initialBlockSeconds, doubled));
  return { failures, lastFailure: now, blockedUntil: new Date(now.getTime() + blockSeconds * 1000), blockSeconds };
}

/** The counter with one failure taken back, and with it the block that it brought. */
export function withoutFailure(before: Failures, policy: Policy): Failures {
  const failures = Math.max(0, before.failures - 1);
  if (failures >= policy.maxFailedAttempts) return { ...before, failures };
  return { ...before, failures, blockedUntil: null, blockSeconds: 0 };
}

/**
 * Counts an attempt as failed before its password is looked at, so that guesses made at the same moment cannot slip
 * past the limit together; `signInSucceeded` takes it back.
 * @throws GatewayError too_many_failures, saying how long to wait, while the address or the e-mail is blocked; then
 * nothing is counted.
 */
export async function beginSignIn(attempt: SignInAttempt, now = new Date()): Promise<void> {
  const policy = config().bruteForce;
  if (!policy.enabled) return;
  const { limits } = counters(attempt, policy.maxFailedAttempts);
  const blockedUntil = await transaction(async (tx) => {
    const rows = await lockBlocks(tx, [...limits.keys()], now);
    const latest = Math.max(...rows.map((row) => row.blockedUntil?.getTime() ?? 0));
    if (latest > now.getTime()) return latest;
    for (const row of rows) {
      const maxFailedAttempts = limits.get(row.address) ?? policy.maxFailedAttempts;
      await saveBlock(tx, { ...row, ...afterFailure(row, { ...policy, maxFailedAttempts }, now) });
    }
    return null;
  });
  if (blockedUntil !== null) throw tooManyFailures(Math.ceil((blockedUntil - now.getTime()) / 1000));
}

/** Takes back what `beginSignIn` counted; the pair of person and address starts afresh, the shared counters go on. */
export async function signInSucceeded(attempt: SignInAttempt, now = new Date()): Promise<void> {
  const policy = config().bruteForce;
  if (!policy.enabled) return;
  const { pair, limits } = counters(attempt, policy.maxFailedAttempts);
  await transaction(async (tx) => {
    for (const row of await lockBlocks(tx, [...limits.keys()], now)) {
      const maxFailedAttempts = limits.get(row.address) ?? policy.maxFailedAttempts;
      const counted = row.address === pair ? { ...row, failures: 0 } : row;
      await saveBlock(tx, { ...row, ...withoutFailure(counted, { ...policy, maxFailedAttempts }) });
    }
  });
}

/** "30 seconds", "4 minutes": rounded up. */
export function waitingTime(seconds: number): string {
  const [count, unit] = seconds < 120 ? [Math.max(1, seconds), "second"] : [Math.ceil(seconds / 60), "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function tooManyFailures(seconds: number): GatewayError {
  return new GatewayError("too_many_failures", `Too many failed sign-ins. Try again in ${waitingTime(seconds)}.`, {
    metadata: { retry_after_seconds: seconds },
    headers: { "retry-after": String(seconds) },
  });
}
