import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { config } from "@/lib/infra/config";
import { log } from "@/lib/infra/log";
import { type Prisma, PrismaClient } from "@/lib/infra/prisma-client/client";

/** Inside `transaction`, what queries go through. */
export type Tx = Prisma.TransactionClient;

const BIGINT_OID = pg.types.builtins.INT8;

/** 64-bit integers as bigint, for this pool only: Prisma's adapter reads them its own way. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === BIGINT_OID ? BigInt : pg.types.getTypeParser(oid, format === "binary" ? "binary" : "text"),
};

let client: PrismaClient | undefined;
let hotPool: pg.Pool | undefined;
let admitPool: pg.Pool | undefined;
let lazyPool: pg.Pool | undefined;

/** The Prisma client of this process (one, made at first use). */
export function prisma(): PrismaClient {
  client ??= new PrismaClient({
    adapter: new PrismaPg({ connectionString: config().databaseUrl, max: 10, connectionTimeoutMillis: 5_000 }),
  });
  return client;
}

function makePool(max: number, settings: string): pg.Pool {
  const made = new pg.Pool({
    connectionString: config().databaseUrl,
    max,
    connectionTimeoutMillis: 3_000,
    keepAlive: true,
    types: TYPES,
    query_timeout: 10_000,
    options: `-c timezone=UTC -c statement_timeout=15000 -c plan_cache_mode=force_generic_plan -c jit=off -c enable_seqscan=off ${settings}`,
  });
  made.on("error", (error) => log().warn({ err: error }, "idle database connection lost"));
  return made;
}

/**
 * The pool behind the few statements that Prisma cannot say; what it commits is durable. A connection that dies is dropped
 * and made anew by the next query; its error never ends the process.
 */
export function pool(): pg.Pool {
  hotPool ??= makePool(6, "-c synchronous_commit=on");
  return hotPool;
}

/**
 * The pool behind the admission statement, with the same promises. One batch is in flight at a time, so that one connection
 * serves them all, and the database's process behind it has all that it needs at hand.
 */
export function admissionPool(): pg.Pool {
  admitPool ??= makePool(2, "-c synchronous_commit=on");
  return admitPool;
}

/**
 * The pool behind the settlement statement. It lets go of its locks when a commit is written and not only when it is
 * on the disk, so that no admission waits for its disk; lib/gateway/durability.ts waits for that afterwards.
 */
export function settlementPool(): pg.Pool {
  lazyPool ??= makePool(1, "-c synchronous_commit=off");
  return lazyPool;
}

/** Resolves when everything that was committed before is on the disk: the log is written in its order. */
export async function flushLog(): Promise<void> {
  await pool().query({ name: "flush", text: "SELECT pg_logical_emit_message(true, 'turnpike', 'flush')" });
}

/** Runs `work` in one transaction; what it throws rolls everything back. */
export function transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  return prisma().$transaction(work, { maxWait: 5_000, timeout: 15_000 });
}

/** Closes every connection of this process. */
export async function closeDatabase(): Promise<void> {
  const open = [client?.$disconnect(), hotPool?.end(), admitPool?.end(), lazyPool?.end()];
  client = undefined;
  hotPool = undefined;
  admitPool = undefined;
  lazyPool = undefined;
  await Promise.allSettled(open);
}

const CONNECTION_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOTFOUND",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "P1001",
  "P1002",
  "P1008",
  "P1017",
  "P2024",
  // No connection was free for a transaction in time, or it took too long and was rolled back.
  "P2028",
]);

/**
 * Whether `error` says that the database could not be reached or broke off (so the same statement may be tried again),
 * as against a statement that is wrong. SQLSTATE classes 08 (connection), 53 (resources), 57P (shutdown) and 57014
 * (cancelled by the statement timeout), 40 (serialisation, deadlock): PostgreSQL manual, appendix A.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    const code = "code" in current && typeof current.code === "string" ? current.code : "";
    if (CONNECTION_CODES.has(code) || /^(08|53|57P|57014|40)/.test(code)) return true;
    if (
      /Connection terminated|connection timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Can't reach database|server has closed the connection|Query read timeout|DatabaseNotReachable|ConnectionClosed|SocketTimeout/i.test(
        current.message,
      )
    )
      return true;
  }
  return false;
}

/** Whether the database answers, within two seconds. */
export async function isReady(): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), 2_000).unref());
  const asked = pool()
    .query("SELECT 1")
    .then(() => true)
    .catch(() => false);
  return Promise.race([asked, late]);
}
