import { GatewayError } from "@/lib/core/errors";
import type { BruteForceConfig } from "@/lib/infra/config";

/** How often something wrong was tried, as table `block` keeps it. */
export interface Failures {
  failures: number;
  lastFailure: Date;
  blockedUntil: Date | null;
  blockSeconds: number;
}

/** When failures block, and for how long; CONTRACT section 2. */
export type FailurePolicy = Pick<
  BruteForceConfig,
  "maxFailedAttempts" | "ttlSeconds" | "initialBlockSeconds" | "maxBlockSeconds"
>;

/** Whether nothing of a record counts any more: its last failure is `ttlSeconds` ago. */
export function isFaded({ lastFailure }: Failures, { ttlSeconds }: FailurePolicy, now: Date): boolean {
  return now.getTime() - lastFailure.getTime() > ttlSeconds * 1000;
}

/**
 * The counter after one more failure at `now`. From the `maxFailedAttempts`th on each one blocks: first for
 * `initialBlockSeconds`, then twice as long each time, to at most `maxBlockSeconds`. A record whose last failure is
 * `ttlSeconds` ago starts afresh.
 */
export function afterFailure(before: Failures, policy: FailurePolicy, now: Date): Failures {
  const faded = isFaded(before, policy, now);
  const failures = (faded ? 0 : before.failures) + 1;
  if (failures < policy.maxFailedAttempts) return { failures, lastFailure: now, blockedUntil: null, blockSeconds: 0 };
  const doubled = faded ? 0 : before.blockSeconds * 2;
  const blockSeconds = Math.min(policy.maxBlockSeconds, Math.max(policy.initialBlockSeconds, doubled));
  return { failures, lastFailure: now, blockedUntil: new Date(now.getTime() + blockSeconds * 1000), blockSeconds };
}

/** The counter with one failure taken back, and with it the block that it brought. */
export function withoutFailure(before: Failures, policy: FailurePolicy): Failures {
  const failures = Math.max(0, before.failures - 1);
  if (failures >= policy.maxFailedAttempts) return { ...before, failures };
  return { ...before, failures, blockedUntil: null, blockSeconds: 0 };
}

/** For how many more seconds a record blocks, rounded up; 0 when it does not. */
export function secondsBlocked({ blockedUntil }: Failures, now: Date): number {
  return blockedUntil === null ? 0 : Math.max(0, Math.ceil((blockedUntil.getTime() - now.getTime()) / 1000));
}

/** "30 seconds", "4 minutes": rounded up. */
export function waitingTime(seconds: number): string {
  const [count, unit] = seconds < 120 ? [Math.max(1, seconds), "second"] : [Math.ceil(seconds / 60), "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** The 429 of CONTRACT section 2, which says what there was too much of and how long to wait. */
export function tooManyFailures(what: string, seconds: number): GatewayError {
  return new GatewayError("too_many_failures", `Too many ${what}. Try again in ${waitingTime(seconds)}.`, {
    metadata: { retry_after_seconds: seconds },
    headers: { "retry-after": String(seconds) },
  });
}
