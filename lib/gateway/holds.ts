import { setTimeout as sleep } from "node:timers/promises";
import { extendHolds } from "@/lib/gateway/hold-store";
import { extendClaims } from "@/lib/gateway/idempotent-answer-store";
import { log } from "@/lib/infra/log";

/** A hold whose process gives no sign of life for this long is released (CONTRACT section 7). */
export const HOLD_SECONDS = 120;
const EXTEND_EVERY_MS = 30_000;
const POLL_MS = 25;

const running = new Set<string>();
let timer: NodeJS.Timeout | undefined;

/** From admission on: the hold's deadline moves along while the request runs. */
export function keepAlive(requestId: string): void {
  running.add(requestId);
}

/** The request is done with its hold. */
export function letGo(requestId: string): void {
  running.delete(requestId);
}

/** How many requests of this process hold something. */
export function openHolds(): number {
  return running.size;
}

/** Resolves when no request of this process holds anything, or after `deadlineMs`. */
export async function untilNothingHeld(deadlineMs: number): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (running.size > 0 && performance.now() < deadline) await sleep(POLL_MS);
}

/** Starts moving deadlines, and those of the idempotency keys that running requests have claimed. A failed round is made up by the next; two may fail before a deadline passes. */
export function startExtending(): void {
  timer ??= setInterval(() => {
    if (running.size === 0) return;
    const ids = [...running];
    Promise.all([extendHolds(ids, HOLD_SECONDS), extendClaims(ids, HOLD_SECONDS)]).catch((error: unknown) =>
      log().warn({ err: error }, "could not extend holds"),
    );
  }, EXTEND_EVERY_MS).unref();
}

export function stopExtending(): void {
  clearInterval(timer);
  timer = undefined;
}
