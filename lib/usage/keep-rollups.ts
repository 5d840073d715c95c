import { log } from "@/lib/infra/log";
import { purgeHours, rollUpNext } from "@/lib/usage/rollup-store";

const ROUND_EVERY_MS = 15_000;
const PURGE_EVERY_MS = 6 * 3_600_000;
const PURGE_ROWS = 5_000;

let timer: NodeJS.Timeout | undefined;
let running: Promise<void> = Promise.resolve();
let stopping = false;
let purgedAt = 0;

/** Rolls up whatever is ready, a step at a time. */
export async function rollUp(): Promise<void> {
  while ((await rollUpNext()) && !stopping);
}

async function round(): Promise<void> {
  try {
    await rollUp();
    if (Date.now() - purgedAt < PURGE_EVERY_MS) return;
    while ((await purgeHours(PURGE_ROWS)) === PURGE_ROWS && !stopping);
    purgedAt = Date.now();
  } catch (error) {
    log().warn({ err: error }, "the rollups have to wait: the database did not answer");
  }
}

function next(): void {
  timer = setTimeout(() => {
    running = round().finally(() => {
      if (timer) next();
    });
  }, ROUND_EVERY_MS).unref();
}

/** Starts to keep the rollups that pages read; every process does, one at a time works. */
export function startRollups(): void {
  stopping = false;
  if (!timer) next();
}

/** Stops it, and waits for the step that is under way, at most `deadlineMs`; what it leaves half done is undone. */
export async function stopRollups(deadlineMs: number): Promise<void> {
  stopping = true;
  clearTimeout(timer);
  timer = undefined;
  await Promise.race([running, new Promise((resolve) => setTimeout(resolve, deadlineMs).unref())]);
}
