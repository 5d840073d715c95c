import { prisma, type Tx } from "@/lib/infra/db";

/** What a job is called and what it is told; it holds ids, for the rest may have changed until it runs. */
export interface Jobs {
  "advance-top-up": { organizationId: string };
  "refund-top-up": { topUpId: string };
}

/**
 * No job of ours takes so long. The queue itself believes in a worker for four hours.
 * https://worker.graphile.org/docs/error-handling
 */
const ABANDONED_AFTER_SECONDS = 300;

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
