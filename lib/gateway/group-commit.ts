import { GatewayError } from "@/lib/core/errors";
import { Tally } from "@/lib/core/tally";
import { isDatabaseUnavailable } from "@/lib/infra/db";

/** How many submissions go in one statement at most (DESIGN section 1, measured). */
export const BATCH_LIMIT = 256;

/** Who is told what became of a submission; one of these may serve all of them. */
export interface Outcome<Item, Result> {
  done: (item: Item, result: Result) => void;
  failed: (item: Item, error: unknown) => void;
}

/** What is counted of batches, for metrics. */
export interface BatchTallies {
  /** Submissions of each statement. */
  readonly sizes: Tally;
  /** How long each statement took. */
  readonly seconds: Tally;
  /** Submissions that wait for the next statement. */
  readonly waiting: number;
}

const SIZE_BOUNDS = [1, 2, 4, 8, 16, 32, 64, 128, BATCH_LIMIT];
const SECONDS_BOUNDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15];

interface Waiting<Item, Result> {
  item: Item;
  outcome: Outcome<Item, Result>;
}

/**
 * Group commit: submissions that arrive while a statement is in flight wait, and go together in the next one. One
 * batch is in flight at a time; waiting is what makes batches large.
 *
 * A batch that the database refuses for what is in it is halved until the poisonous submission stands alone, so it
 * fails by itself and costs its neighbours nothing. A database that is not there fails the whole batch at once.
 */
export class GroupCommit<Item, Result> implements BatchTallies {
  readonly sizes = new Tally(SIZE_BOUNDS);
  readonly seconds = new Tally(SECONDS_BOUNDS);
  readonly #run: (batch: readonly Item[]) => Promise<readonly Result[]>;
  readonly #queueLimit: number;
  readonly #lingerMs: number;
  #queue: Waiting<Item, Result>[] = [];
  #busy = false;
  #hurried = false;
  #endLinger: (() => void) | undefined;

  /**
   * @param run executes a batch as one statement and gives one result for each item, in order.
   * @param options.queueLimit beyond this many waiting, a submission is refused with 503 `overloaded`.
   * @param options.lingerMs how long a batch that is not full waits for company; 0 starts at the end of this turn of
   *   the event loop. Nobody waits for a settle, and each one locks meters that the next admission wants, so it lingers.
   */
  constructor(
    run: (batch: readonly Item[]) => Promise<readonly Result[]>,
    options: { queueLimit?: number; lingerMs?: number } = {},
  ) {
    this.#run = run;
    this.#queueLimit = options.queueLimit ?? 20_000;
    this.#lingerMs = options.lingerMs ?? 0;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Submits one item. @throws GatewayError overloaded; else what the statement failed with. */
  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.enqueue(item, { done: (_item, result) => resolve(result), failed: (_item, error) => reject(error) });
    });
  }

  /** Submits one item; `outcome` is told, with what `submit` would throw when it fails. */
  enqueue(item: Item, outcome: Outcome<Item, Result>): void {
    if (this.#queue.length >= this.#queueLimit) {
      outcome.failed(
        item,
        new GatewayError("overloaded", "The gateway is overloaded. Please try again shortly.", {
          headers: { "retry-after": "1" },
        }),
      );
      return;
    }
    this.#queue.push({ item, outcome });
    if (!this.#busy) {
      this.#busy = true;
      void this.#drain();
    }
  }

  /** Somebody waits for what was submitted so far: it lingers no longer. */
  hurry(): void {
    if (this.#queue.length === 0) return;
    this.#hurried = true;
    this.#endLinger?.();
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      if (this.#queue.length < BATCH_LIMIT) await this.#linger();
      const batch = this.#queue.length <= BATCH_LIMIT ? this.#queue : this.#queue.slice(0, BATCH_LIMIT);
      this.#queue = this.#queue.length <= BATCH_LIMIT ? [] : this.#queue.slice(BATCH_LIMIT);
      await this.#commit(batch);
    }
    this.#busy = false;
  }

  /** Lets what else has arrived in this turn of the event loop, or arrives while lingering, come along. */
  #linger(): Promise<void> {
    return new Promise<void>((resolve) => {
      if (this.#lingerMs === 0 || this.#hurried) {
        setImmediate(resolve);
        return;
      }
      const timer = setTimeout(resolve, this.#lingerMs);
      this.#endLinger = () => {
        clearTimeout(timer);
        resolve();
      };
    }).then(() => {
      this.#hurried = false;
      this.#endLinger = undefined;
    });
  }

  async #commit(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    const startedAt = performance.now();
    try {
      const results = await this.#run(batch.map((waiting) => waiting.item));
      this.#note(batch.length, startedAt);
      batch.forEach((waiting, index) => {
        const result = results[index];
        if (result === undefined)
          waiting.outcome.failed(waiting.item, new Error("the statement gave no result for a submission"));
        else waiting.outcome.done(waiting.item, result);
      });
    } catch (error) {
      this.#note(batch.length, startedAt);
      if (batch.length === 1 || isDatabaseUnavailable(error)) {
        for (const waiting of batch) waiting.outcome.failed(waiting.item, error);
        return;
      }
      const middle = batch.length >> 1;
      await this.#commit(batch.slice(0, middle));
      await this.#commit(batch.slice(middle));
    }
  }

  #note(size: number, startedAt: number): void {
    this.sizes.note(size);
    this.seconds.note((performance.now() - startedAt) / 1000);
  }
}

/** A PostgreSQL array literal of numbers, bigints or texts that need no quoting (ids, enum values). */
export function plainArray(values: readonly (string | number | bigint)[]): string {
  return `{${values.join(",")}}`;
}

/** A PostgreSQL array literal of any text without NUL. */
export function textArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`).join(",")}}`;
}
