import { flushLog } from "@/lib/infra/db";

/**
 * Settlements commit without waiting for the disk, so that their locks are short. They count as done when they are on
 * it, which any later commit that does wait proves, because the database writes its log in order. Under load the next
 * admission is that commit and nothing extra is done; otherwise a flush of our own follows.
 */
const FLUSH_AFTER_MS = 10;

interface Waiter {
  /** performance.now() when the commit to wait for had come back. */
  since: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

let waiting: Waiter[] = [];
let scheduled = false;

/** Says that a commit which began at `startedAt` is on the disk, and with it all that had come back before. */
export function committedDurably(startedAt: number): void {
  if (waiting.length === 0) return;
  const proven = waiting.filter((waiter) => waiter.since <= startedAt);
  if (proven.length === 0) return;
  waiting = waiting.filter((waiter) => waiter.since > startedAt);
  for (const waiter of proven) waiter.resolve();
}

/** Resolves when what was committed before this call is on the disk. @throws what the flush fails with; then it may not be. */
export function untilDurable(): Promise<void> {
  return new Promise((resolve, reject) => {
    waiting.push({ since: performance.now(), resolve, reject });
    schedule();
  });
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setTimeout(flush, FLUSH_AFTER_MS);
}

/**
 * The database broke off, so perhaps it crashed and came back: no commit from now on proves anything about those
 * before. Whoever waits submits once more.
 */
export function distrustLog(cause: unknown): void {
  const failed = waiting;
  waiting = [];
  for (const waiter of failed) waiter.reject(cause);
}

async function flush(): Promise<void> {
  scheduled = false;
  if (waiting.length === 0) return;
  const startedAt = performance.now();
  try {
    await flushLog();
    committedDurably(startedAt);
  } catch (error) {
    distrustLog(error);
  } finally {
    if (waiting.length > 0) schedule();
  }
}
