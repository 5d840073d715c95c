import { Logger, type Runner, run, runMigrations } from "graphile-worker";
import pg from "pg";
import { config } from "@/lib/infra/config";
import { prisma, type Tx } from "@/lib/infra/db";
import { log } from "@/lib/infra/log";

/** What a job is called and what it is told; it holds ids, for the rest may have changed until it runs. */
export interface Jobs {
  "advance-top-up": { organizationId: string };
}

/** How a job is done. It may be done twice and twice at once; what it throws has it done again, with growing pauses. */
export type Tasks = { readonly [Name in keyof Jobs]: (told: unknown) => Promise<void> };

const CONNECTIONS_MAX = 3;
const CONCURRENCY = 4;
/** The queue is told of new jobs; this is for those that wait for their time, in ms. */
const POLL_MS = 1_000;
/**
 * No job of ours takes so long. The queue itself believes in a worker for four hours.
 * https://worker.graphile.org/docs/error-handling
 */
const ABANDONED_AFTER_SECONDS = 300;

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

/** Does the jobs of the queue from now on, as every other process that was told to. */
export async function startJobQueue(tasks: Tasks): Promise<JobQueue> {
  // Not one of the hot pools: those plan for the two hot statements, and the queue reads numbers in its own way.
  const pool = new pg.Pool({ connectionString: config().databaseUrl, max: CONNECTIONS_MAX, keepAlive: true });
  const noteLoss = (error: Error) => log().warn({ err: error }, "a database connection of the job queue was lost");
  pool.on("error", noteLoss).on("connect", (client) => client.on("error", noteLoss));
  const runner: Runner = await run({
    pgPool: pool,
    taskList: { ...tasks },
    parsedCronItems: [],
    concurrency: CONCURRENCY,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    logger,
  });
  return {
    async stop(deadlineMs) {
      const stopped = runner
        .stop()
        .then(() => pool.end())
        .catch((error) => log().warn({ err: error }, "the job queue did not stop as it should"));
      await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, deadlineMs).unref())]);
    },
  };
}

/** Has a job done at once if, and only if, the transaction commits; instead of one of the same `key` that waits. */
export async function addJob<Name extends keyof Jobs>(
  tx: Tx,
  name: Name,
  key: string,
  told: Jobs[Name],
): Promise<void> {
  await tx.$executeRaw`SELECT graphile_worker.add_job(${name}, ${JSON.stringify(told)}::json, job_key => ${key})`;
}

/** Has jobs done of whose `key` none is under way or waits, also for its next attempt. */
export async function addMissingJobs<Name extends keyof Jobs>(
  name: Name,
  jobs: readonly { key: string; told: Jobs[Name] }[],
): Promise<void> {
  if (jobs.length === 0) return;
  const keys = jobs.map(({ key }) => key);
  const told = jobs.map((job) => JSON.stringify(job.told));
  await prisma().$executeRaw`
    SELECT graphile_worker.add_job(${name}, wanted.told::json, job_key => wanted.key)
    FROM unnest(${keys}::text[], ${told}::text[]) AS wanted (key, told)
    WHERE NOT EXISTS (SELECT FROM graphile_worker.jobs j WHERE j.key = wanted.key AND j.attempts < j.max_attempts)`;
}

/** Lets others have the jobs of workers that are gone: their process was killed. */
export async function freeAbandonedJobs(): Promise<void> {
  await prisma().$executeRaw`
    SELECT graphile_worker.force_unlock_workers(array_agg(locked_by)) FROM graphile_worker.jobs
    WHERE locked_at < clock_timestamp() - make_interval(secs => ${ABANDONED_AFTER_SECONDS}) HAVING count(*) > 0`;
}
