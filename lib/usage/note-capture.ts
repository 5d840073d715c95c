import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { isDatabaseUnavailable } from "@/lib/infra/db";
import { log } from "@/lib/infra/log";
import { type CaptureRow, insertCaptures } from "@/lib/usage/capture-store";
import { capturedText } from "@/lib/usage/captured-text";

/** The bodies of one request, as they went over the wire. */
export interface NewCapture {
  requestId: string;
  projectId: string;
  /** ms since 1970. */
  createdAt: number;
  /** Each at least as far as `CAPTURE_LOOK_BYTES`, where it is so long. */
  request: string;
  answer: string;
  /** Whether the answer is a stream of events. */
  isStream: boolean;
}

/** How long the first of a batch waits for company. */
const WRITE_AFTER_MS = 200;
/** After a failure of the database. */
const RETRY_AFTER_MS = 2_000;
const BATCH_ROWS_MAX = 64;
/** What may wait in this process, in characters; beyond it captures are lost, never requests. */
const WAITING_CHARACTERS_MAX = 64 * 1024 * 1024;

let waiting: NewCapture[] = [];
let waitingCharacters = 0;
let lost = 0;
let timer: NodeJS.Timeout | undefined;
let writing: Promise<void> | undefined;

const sizeOf = ({ request, answer }: NewCapture): number => request.length + answer.length;

/**
 * Takes note of a request's bodies; they are masked and written a moment later, in batches. Nobody waits for it and it
 * never throws: where more comes than the database takes, captures are left out, and the log says how many.
 */
export function noteCapture(capture: NewCapture): void {
  const size = sizeOf(capture);
  if (waitingCharacters + size > WAITING_CHARACTERS_MAX) {
    lost += 1;
    return;
  }
  waiting.push(capture);
  waitingCharacters += size;
  schedule(WRITE_AFTER_MS);
}

function schedule(ms: number): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    void writeCaptures();
  }, ms).unref();
}

/** Writes what was noted; resolves when all of it is written or the database would not have it. Never throws. */
export function writeCaptures(): Promise<void> {
  writing ??= writeAll().finally(() => {
    writing = undefined;
  });
  return writing;
}

async function writeAll(): Promise<void> {
  while (waiting.length > 0) {
    const batch = waiting.slice(0, BATCH_ROWS_MAX);
    const rows: CaptureRow[] = [];
    for (const { request, answer, isStream, ...facts } of batch) {
      const asked = capturedText(request, false);
      const answered = capturedText(answer, isStream);
      rows.push({
        ...facts,
        requestBody: asked.text,
        requestCut: asked.cut,
        answerBody: answered.text,
        answerCut: answered.cut,
      });
      // Masking a long body takes milliseconds, and requests run in this process.
      await nextTurn();
    }
    try {
      await insertCaptures(rows);
    } catch (error) {
      if (isDatabaseUnavailable(error)) {
        schedule(RETRY_AFTER_MS);
        log().warn({ err: error, waiting: waiting.length }, "bodies of requests could not be kept yet");
        return;
      }
      await writeOneByOne(rows);
    }
    waiting = waiting.slice(batch.length);
    waitingCharacters -= batch.reduce((sum, capture) => sum + sizeOf(capture), 0);
  }
  if (lost > 0) log().warn({ lost }, "bodies of requests were not kept: more came than could be written");
  lost = 0;
}

/** What the database refuses for what is in it is left out by itself. */
async function writeOneByOne(rows: readonly CaptureRow[]): Promise<void> {
  for (const row of rows) {
    await insertCaptures([row]).catch((error: unknown) =>
      log().warn({ err: error, requestId: row.requestId }, "the bodies of a request could not be kept"),
    );
  }
}

/** For the shutdown: writes what was noted, for at most so long. */
export async function drainCaptures(deadlineMs: number): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  await Promise.race([writeCaptures(), sleep(deadlineMs, undefined, { ref: false })]);
}
