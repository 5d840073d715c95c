import {
  type Check,
  type ContenderId,
  type Started,
  startBareProxy,
  startPortkey,
  startUpstream,
  upstreamAnswered,
} from "./contenders";
import { type BenchPostgres, startPostgres, startTurnpike } from "./turnpike";

/** What runs while something is measured, and what there is to say about it. */
export type Session = {
  postgres: BenchPostgres;
  /** The upstream first. */
  started: Started[];
  notes: string[];
  checks: Check[];
};

export type SessionOptions = {
  /** The contenders to start beside the upstream; absent: all. */
  only?: string[];
  /** Node's own options for our own door. */
  nodeOptions?: string[];
};

const projectRoot = process.cwd();

type Starter = (upstreamPort: number, postgres: BenchPostgres, nodeOptions?: string[]) => Promise<Started>;

/** How each contender is started, given what it talks to. */
const STARTERS: Record<Exclude<ContenderId, "direct">, Starter> = {
  bare: startBareProxy,
  portkey: (upstreamPort) => startPortkey(upstreamPort, projectRoot),
  server: (upstreamPort, postgres, nodeOptions) =>
    startTurnpike("server", postgres, upstreamPort, projectRoot, nodeOptions),
  next: (upstreamPort, postgres) => startTurnpike("next", postgres, upstreamPort, projectRoot),
};

async function startAll({ postgres, started, notes, checks }: Session, options: SessionOptions): Promise<void> {
  const upstream = await startUpstream();
  started.push(upstream);
  for (const [id, start] of Object.entries(STARTERS)) {
    if (options.only && !options.only.includes(id)) continue;
    try {
      started.push(await start(upstream.contender.port, postgres, options.nodeOptions));
    } catch (error) {
      // The reason may name folders of this machine, so it is for the terminal and not for the committed report.
      console.error(error instanceof Error ? error.message : error);
      // Somebody else's gateway may be out of reach, for want of a registry; ours has to be there.
      if (id === "portkey") notes.push("Portkey's gateway was left out: it could not be installed or started.");
      else checks.push({ name: `start of ${id}`, passed: false, detail: "did not come up" });
    }
  }
}

/**
 * Starts the database, the upstream and the contenders, does `work`, ends them all however that went, and then the
 * process: with 1 where something failed or a check did not pass.
 */
export async function runSession(options: SessionOptions, work: (session: Session) => Promise<void>): Promise<never> {
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.on(signal, () => reject(new Error(`ended by ${signal}`)));
  });
  const session: Session = { postgres: await startPostgres(), started: [], notes: [], checks: [] };
  try {
    await Promise.race([startAll(session, options).then(() => work(session)), interrupted]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    await Promise.all(session.started.map((one) => one.stop()));
    await session.postgres.stop();
  }
  if (session.checks.some(({ passed }) => !passed)) process.exitCode = 1;
  // What was interrupted may still wait for an answer.
  process.exit();
}

/** What one load on a contender came to. */
export type LoadOutcome = { contender: ContenderId; answered: number; errors: number };

/**
 * Stops every gateway, so that all it owes is written, and holds ours against what the load generator saw in all the
 * `loads` since they started. What it finds stands in `session.checks`.
 */
export async function audit(session: Session, loads: readonly LoadOutcome[]): Promise<void> {
  const upstreamPort = session.started[0]?.contender.port ?? 0;
  for (const { contender, stop, audit: auditOne } of session.started) {
    if (contender.id === "direct") continue;
    await stop();
    if (!auditOne) continue;
    const own = loads.filter((one) => one.contender === contender.id);
    const answered = own.reduce((sum, one) => sum + one.answered, 0);
    const errors = own.reduce((sum, one) => sum + one.errors, 0);
    const forwarded = await upstreamAnswered(upstreamPort, contender.id);
    session.checks.push(
      { name: `${contender.label}: no error`, passed: errors === 0, detail: `${errors} errors` },
      {
        name: `${contender.label}: every call forwarded once`,
        passed: forwarded === answered,
        detail: `${forwarded} calls reached the upstream, ${answered} answers came back`,
      },
      ...(await auditOne(answered)),
    );
  }
}
