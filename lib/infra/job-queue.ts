import { setTimeout as sleep } from "node:timers/promises";
import { Logger, type Runner, run, runMigrations } from "graphile-worker";
import pg from "pg";
import { config } from "@/lib/infra/config";
import type { Jobs } from "@/lib/infra/jobs";
import { log } from "@/lib/infra/log";

/** How a job is done. It may be done twice and twice at once; what it throws has it done again, with growing pauses. */
export type Tasks = { readonly [Name in keyof Jobs]: (told: unknown) => Promise<void> };

const CONNECTIONS_MAX = 3;
const CONCURRENCY = 4;
/** The queue is told of new jobs; this is for those that wait for their time, in ms. */
const POLL_MS = 1_000;
/** Its lines are ours, so they hold no credential; what it does hour by hour is of interest to nobody. */
const logger = new Logger(() => (level, message, meta) => {
  if (level === "error") log().warn({ err: meta?.error, job: message }, "a job failed and is tried again");
  else log().trace({ job: message }, "job queue");
});

/** Makes the tables of the queue, in a schema of its own, or brings them up to date; several processes may at once. */
export async function migrateJobQueue(url: string): Promise<void> {
  await runMigrations({ connectionString: url, maxPoolSize: 1, logger });
}

/** A running queue. */
export interface JobQueue {
  /** Takes no more jobs, and waits for those under way, at most `deadlineMs`; what is left is done again elsewhere. */
  stop(deadlineMs: number): Promise<void>;
}

/**
 * Does the jobs of the queue from now on, as every other process that was told to. While the database is away it waits.
 * @throws when the database cannot be reached at the beginning.
 */
export async function startJobQueue(tasks: Tasks): Promise<JobQueue> {
  // Not one of the hot pools: those plan for the two hot statements, and the queue reads numbers in its own way.
  const pool = new pg.Pool({ connectionString: config().databaseUrl, max: CONNECTIONS_MAX, keepAlive: true });
  const noteLoss = (error: Error) => log().warn({ err: error }, "a database connection of the job queue was lost");
  pool.on("error", noteLoss).on("connect", (client) => client.on("error", noteLoss));
  let isStopping = false;
  const begin = async (): Promise<Runner> => {
    const made = await run({
      pgPool: pool,
      taskList: { ...tasks },
      parsedCronItems: [],
      concurrency: CONCURRENCY,
      pollInterval: POLL_MS,
      noHandleSignals: true,
      logger,
    });
    void made.promise.then(beginAgain, beginAgain);
    return made;
  };
  // A worker that cannot note how a job ended gives up, and its queue with it.
  const beginAgain = async (): Promise<void> => {
    while (!isStopping) {
      await sleep(POLL_MS, undefined, { ref: false });
      if (isStopping) return;
      try {
        runner = await begin();
        return;
      } catch (error) {
        log().warn({ err: error }, "the job queue has to wait: the database did not answer");
      }
    }
  };
  let runner = await begin();
  return {
    async stop(deadlineMs) {
      isStopping = true;
      const stopped = runner
        .stop()
        .catch((error) => log().warn({ err: error }, "the job queue did not stop as it should"))
        .then(() => pool.end());
      await Promise.race([stopped, sleep(deadlineMs, undefined, { ref: false })]);
    },
  };
}
