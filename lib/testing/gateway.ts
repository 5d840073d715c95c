import { setTimeout as sleep } from "node:timers/promises";
import { isRecord } from "@/lib/core/is-record";
import { pool } from "@/lib/infra/db";
import { checkBooks } from "@/lib/ledger/check-books";
import { registerSecret, trace } from "@/lib/testing/leaks";
import { type Door, type RunningServer, startServer } from "@/lib/testing/server";

export const DOORS: readonly Door[] = ["server", "next"];

/** Of the installation's own environment: what the upstream must see instead of a caller's key. */
export const POOL_KEY = "sk-pool-0123456789abcdefghij";

/** One door over a database, with the pool's OpenAI at `upstreamUrl`; the server door without pages, unless asked for. */
export function startDoor(
  door: Door,
  databaseUrl: string,
  upstreamUrl: string,
  env: Readonly<Record<string, string>> = {},
  pages = false,
): Promise<RunningServer> {
  return startServer({
    door,
    pages,
    env: {
      DATABASE_URL: databaseUrl,
      OPENAI_API_KEY: POOL_KEY,
      OPENAI_BASE_URL: upstreamUrl,
      // Everything comes from one address here, wrong keys on purpose too.
      BRUTE_FORCE_ENABLED: "false",
      ...env,
    },
  });
}

/** Both doors over one database, as `startDoor` starts each. */
export async function startDoors(
  databaseUrl: string,
  upstreamUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Record<Door, RunningServer>> {
  const start = (door: Door) => startDoor(door, databaseUrl, upstreamUrl, env);
  const [server, next] = await Promise.all([start("server"), start("next")]);
  return { server, next };
}

/** An answer read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; undefined when it is none. */
  json: unknown;
}

export interface Call {
  path?: string;
  method?: string;
  secret?: string;
  headers?: Record<string, string>;
  /** Text goes out as it is. */
  body?: unknown;
  signal?: AbortSignal;
}

/** One request with plain `fetch`: a POST to chat/completions unless told otherwise. */
export function send(server: RunningServer, call: Call): Promise<Response> {
  registerSecret(call.secret);
  const { path = "/v1/chat/completions", method = call.body === undefined ? "GET" : "POST" } = call;
  return fetch(`${server.url}${path}`, {
    method,
    redirect: "manual",
    headers: {
      ...(call.body === undefined ? {} : { "content-type": "application/json" }),
      ...(call.secret === undefined ? {} : { authorization: `Bearer ${call.secret}` }),
      ...call.headers,
    },
    ...(call.body === undefined ? {} : { body: typeof call.body === "string" ? call.body : JSON.stringify(call.body) }),
    ...(call.signal ? { signal: call.signal } : {}),
  });
}

/** `send`, read to the end. */
export async function ask(server: RunningServer, call: Call): Promise<Answer> {
  const response = await send(server, call);
  const text = await response.text();
  if (response.status >= 400) trace("refusals", `${text}\n`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** A member of an answer that is an object. @throws where it is none. */
export function field({ json, text }: Answer, name: string): unknown {
  if (!isRecord(json)) throw new Error(`no object: ${text.slice(0, 500)}`);
  return json[name];
}

/** The objects of an answer that is a list. @throws where it is none. */
export function rows({ json, text }: Answer): Record<string, unknown>[] {
  if (!Array.isArray(json)) throw new Error(`no list: ${text.slice(0, 500)}`);
  return json.filter(isRecord);
}

/** A small chat request that everything accepts. */
export function chatBody(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return { model: "gpt-4o-mini", messages: [{ role: "user", content: "Hi" }], max_tokens: 16, ...overrides };
}

/** Long enough for a machine that is several times as slow as it should be. */
const EVENTUALLY_MS = 45_000;

/** Reads until `isRight`, for what happens a moment after an answer. @throws the last reading, in words, when it never is. */
export async function eventually<T>(
  read: () => Promise<T> | T,
  isRight: (value: T) => boolean,
  timeoutMs = EVENTUALLY_MS,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isRight(value)) return value;
    if (Date.now() > deadline) {
      const words = JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}` : part));
      throw new Error(`it did not become so within ${timeoutMs} ms; at last: ${words?.slice(0, 2_000)}`);
    }
    await sleep(20);
  }
}

/** Keeps a test on per-minute limits inside one minute. */
export async function insideOneMinute(seconds: number): Promise<void> {
  await eventually(
    () => new Date().getUTCSeconds(),
    (now) => now < 60 - seconds,
  );
}

/** What tests look at in a receipt; money in nano-dollars. */
export interface ReceiptRow {
  id: string;
  outcome: "settled" | "released" | "refused" | "lost";
  status: number;
  error_code: string | null;
  environment: string;
  requested_model: string;
  streamed: boolean;
  cancelled: boolean;
  is_byok: boolean;
  billed_to: string;
  prompt_tokens: bigint;
  completion_tokens: bigint;
  usage_estimated: boolean;
  hold: bigint;
  cost: bigint | null;
  charged: bigint;
  operator_loss: bigint;
}

/** A key's receipts, oldest first, as the database has them. */
export async function receiptsOf(keyId: string): Promise<ReceiptRow[]> {
  const result = await pool().query<ReceiptRow>(
    `SELECT id, outcome, status, error_code, environment, requested_model, streamed, cancelled, is_byok, billed_to, prompt_tokens,
       completion_tokens, usage_estimated, hold, cost, charged, operator_loss FROM request WHERE api_key_id = $1 ORDER BY id`,
    [keyId],
  );
  return result.rows;
}

/** The receipt of one request, once it is there. */
export async function receiptOf(requestId: string | null): Promise<ReceiptRow> {
  const rows = await eventually(
    async () =>
      (
        await pool().query<ReceiptRow>(
          `SELECT id, outcome, status, error_code, environment, requested_model, streamed, cancelled, is_byok, billed_to, prompt_tokens,
             completion_tokens, usage_estimated, hold, cost, charged, operator_loss FROM request WHERE id = $1`,
          [requestId],
        )
      ).rows,
    (found) => found.length > 0,
  );
  const [row] = rows;
  if (!row || rows.length !== 1) throw new Error(`${rows.length} receipts for ${requestId}`);
  return row;
}

/** How many holds are open. */
export async function openHolds(): Promise<number> {
  const result = await pool().query<{ count: bigint }>("SELECT count(*) AS count FROM hold");
  return Number(result.rows[0]?.count ?? 0n);
}

/** Resolves when nothing is held any more: every request has been settled. */
export async function untilSettled(timeoutMs = EVENTUALLY_MS): Promise<void> {
  await eventually(openHolds, (count) => count === 0, timeoutMs);
}

/**
 * The money of the whole database, added up anew and apart from the gateway's own code, and what `npm run books` finds:
 * what does not agree, in words. To be asked when nothing is running, on meters that never start again.
 */
export async function auditMoney(): Promise<string[]> {
  const checks: Record<string, string> = {
    "a journal transaction does not sum to zero":
      "SELECT transaction_id AS what, sum(amount) AS found, 0 AS wanted FROM journal_entry GROUP BY 1 HAVING sum(amount) <> 0",
    "a credits meter is not what was granted less what was charged": `
      SELECT m.subject_id AS what, m."limit" - m.used AS found, coalesce(g.granted, 0) - coalesce(r.charged, 0) AS wanted FROM meter m
      LEFT JOIN (SELECT organization_id, sum(amount) AS granted FROM journal_entry WHERE account = 'credits' AND source NOT LIKE 'settle:%' GROUP BY 1) g ON g.organization_id = m.subject_id
      LEFT JOIN (SELECT organization_id, sum(charged) AS charged FROM request GROUP BY 1) r ON r.organization_id = m.subject_id
      WHERE m.kind = 'credits' AND m."limit" - m.used <> coalesce(g.granted, 0) - coalesce(r.charged, 0)`,
    "the journal's credits are not the meter's": `
      SELECT m.subject_id AS what, sum(e.amount) AS found, m."limit" - m.used AS wanted FROM meter m JOIN journal_entry e ON e.organization_id = m.subject_id AND e.account = 'credits'
      WHERE m.kind = 'credits' GROUP BY m.id HAVING sum(e.amount) <> m."limit" - m.used`,
    "a key's spend is not the sum of its receipts": `
      SELECT m.subject_id AS what, m.used AS found, coalesce(r.cost, 0) AS wanted FROM meter m
      LEFT JOIN (SELECT api_key_id, sum(cost) AS cost FROM request GROUP BY 1) r ON r.api_key_id = m.subject_id
      WHERE m.subject = 'api_key' AND m.kind = 'spend' AND m.period = 'none' AND m.used <> coalesce(r.cost, 0)`,
    "a meter holds what no open hold accounts for": `
      SELECT m.id::text AS what, m.held AS found, coalesce(h.amount, 0) AS wanted FROM meter m
      LEFT JOIN (SELECT x.meter_id, sum(x.amount) AS amount FROM hold CROSS JOIN LATERAL unnest(meter_ids, amounts) AS x(meter_id, amount) GROUP BY 1) h ON h.meter_id = m.id
      WHERE m.held <> coalesce(h.amount, 0)`,
    "a meter is overspent": `SELECT id::text AS what, used + held AS found, "limit" AS wanted FROM meter WHERE "limit" IS NOT NULL AND used + held > "limit"`,
    "a receipt costs more than its hold":
      "SELECT id AS what, cost AS found, hold AS wanted FROM request WHERE cost > hold",
    "a request has two receipts":
      "SELECT id AS what, count(*) AS found, 1 AS wanted FROM request GROUP BY id HAVING count(*) > 1",
    "the hourly rollup is not the sum of the receipts": `
      SELECT coalesce(u.api_key_id, r.api_key_id) AS what, coalesce(u.cost, 0) AS found, coalesce(r.cost, 0) AS wanted
      FROM (SELECT api_key_id, sum(cost) AS cost, sum(requests) AS requests FROM usage_hour GROUP BY 1) u
      FULL JOIN (SELECT api_key_id, sum(coalesce(cost, 0)) AS cost, count(*) AS requests FROM request GROUP BY 1) r ON r.api_key_id = u.api_key_id
      WHERE coalesce(u.cost, 0) <> coalesce(r.cost, 0) OR coalesce(u.requests, 0) <> coalesce(r.requests, 0)`,
  };
  const books = await checkBooks();
  const findings = books.findings.map(
    (finding) => `books: ${finding.check}: ${finding.subject}: ${finding.found} instead of ${finding.expected}`,
  );
  for (const [name, query] of Object.entries(checks)) {
    const { rows } = await pool().query<{ what: string; found: unknown; wanted: unknown }>(query);
    for (const row of rows) findings.push(`${name}: ${row.what}: ${row.found} instead of ${row.wanted}`);
  }
  return findings;
}
