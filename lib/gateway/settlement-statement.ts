import { newId } from "@/lib/core/ids";
import { plainArray } from "@/lib/gateway/group-commit";
import { settlementPool } from "@/lib/infra/db";

/** How one attempt at a provider went; kept in the receipt. */
export interface AttemptRecord {
  provider: string;
  model: string;
  providerKeyId: string | null;
  /** HTTP status of the provider; null when none came. */
  status: number | null;
  outcome: "served" | "failed" | "cancelled" | "cut";
  error: string | null;
  durationMs: number;
}

/** Why admission or an earlier stage refused; shown on the receipt in words. */
export interface RefusalRecord {
  [fact: string]: string | number | boolean | null;
}

/** What settle adds to one meter: at most what the hold has there. */
export interface Charge {
  /** As a decimal string in the journal file; a bigint in memory. */
  meterId: bigint;
  amount: bigint;
}

/** All that a settle needs, so that it can be done by any process, at any time, once (CONTRACT section 7, receipt). */
export interface Settlement {
  id: string;
  createdAt: number;
  organizationId: string;
  projectId: string;
  apiKeyId: string;
  endUserId: string | null;
  environment: "live" | "test";
  endpoint: string;
  outcome: "settled" | "released" | "refused" | "lost";
  status: number;
  errorCode: string | null;
  errorMessage: string | null;
  refusal: RefusalRecord | null;
  requestedModel: string;
  model: string | null;
  provider: string | null;
  providerKeyId: string | null;
  streamed: boolean;
  cancelled: boolean;
  finishReason: string | null;
  isByok: boolean;
  billedTo: "credits" | "provider_key" | "none";
  promptTokens: number;
  cachedTokens: number;
  cacheWriteTokens: number;
  completionTokens: number;
  reasoningTokens: number;
  usageEstimated: boolean;
  inputPrice: bigint | null;
  outputPrice: bigint | null;
  cachedInputPrice: bigint | null;
  cacheWritePrice: bigint | null;
  hold: bigint;
  cost: bigint | null;
  charged: bigint;
  operatorLoss: bigint;
  attempts: AttemptRecord[];
  latencyMs: number;
  firstTokenMs: number | null;
  clientRequestId: string | null;
  clientAddress: string | null;
  /** The request whose kept answer was given again; null: a provider was asked. */
  cachedFrom: string | null;
  charges: Charge[];
}

/**
 * done: written now. gone: there was no such hold any more, because it was settled before or was released after its
 * deadline; nothing was written.
 */
export type SettlementResult = "done" | "gone";

/**
 * Settles a whole batch in one statement and one commit: gives holds back, charges meters, writes receipts, rollups
 * and the journal. What makes it happen once is that the hold is deleted: without it nothing else is written. A
 * refused request has no hold; its receipt is written once by its primary key. A lost one is settled only where its
 * deadline is still past, for its process may have given a sign of life since.
 *
 * Meters come last, in id order as in admission, and computed from the locked rows alone: every admission wants them, and
 * so they are locked for a fraction of the statement. What is locked before them only settles lock, and all of them in
 * the same order: holds by request, hours by their key.
 */
const SETTLE = `
WITH s AS MATERIALIZED (
  SELECT * FROM unnest($1::settlement_row[])
), ch AS MATERIALIZED (
  SELECT * FROM ROWS FROM (unnest($2::int[]), unnest($3::bigint[]), unnest($4::bigint[]), generate_series(1, $6::int)) AS t(i, meter_id, amount)
), d AS (
  DELETE FROM hold USING s WHERE hold.request_id = s.id AND s.outcome <> 'refused'
    AND (s.outcome <> 'lost' OR hold.deadline < clock_timestamp())
  RETURNING s.i, s.cost, hold.request_id, hold.meter_ids, hold.amounts
), c AS MATERIALIZED (
  SELECT clock_timestamp() AS now WHERE (SELECT count(*) FROM d) >= 0
), p AS MATERIALIZED (
  SELECT held.meter_id, held.amount, least(coalesce(ch.amount, d.cost, 0), held.amount) AS charge
  FROM d CROSS JOIN LATERAL unnest(d.meter_ids, d.amounts) AS held(meter_id, amount)
  LEFT JOIN ch ON ch.i = d.i AND ch.meter_id = held.meter_id
), a AS MATERIALIZED (
  SELECT meter_id, sum(amount)::bigint AS amount, sum(charge)::bigint AS charge FROM p GROUP BY meter_id
), ins AS (
  INSERT INTO request (id, created_at, organization_id, project_id, api_key_id, end_user_id, environment, endpoint, outcome, status, error_code, error_message,
    refusal, requested_model, model, provider, provider_key_id, streamed, cancelled, finish_reason, is_byok, billed_to, prompt_tokens, cached_tokens,
    cache_write_tokens, completion_tokens, reasoning_tokens, usage_estimated, input_price, output_price, cached_input_price, cache_write_price,
    hold, cost, charged, operator_loss, attempts, latency_ms, first_token_ms, client_request_id, client_address, cached_from, settled_at)
  SELECT s.id, to_timestamp(s.created_at), s.organization_id, s.project_id, s.api_key_id, s.end_user_id, s.environment, s.endpoint, s.outcome, s.status, s.error_code, s.error_message,
    s.refusal, s.requested_model, s.model, s.provider, s.provider_key_id, s.streamed, s.cancelled, s.finish_reason, s.is_byok, s.billed_to, s.prompt_tokens, s.cached_tokens,
    s.cache_write_tokens, s.completion_tokens, s.reasoning_tokens, s.usage_estimated, s.input_price, s.output_price, s.cached_input_price, s.cache_write_price,
    s.hold, s.cost, s.charged, s.operator_loss, s.attempts, s.latency_ms, s.first_token_ms, s.client_request_id, s.client_address, s.cached_from, c.now
  FROM s CROSS JOIN c LEFT JOIN d ON d.i = s.i
  WHERE d.i IS NOT NULL OR s.outcome = 'refused'
  ON CONFLICT DO NOTHING
  RETURNING id, created_at, organization_id, project_id, api_key_id, environment, provider, model, status, is_byok, prompt_tokens, completion_tokens, cost, charged, operator_loss
), j AS (
  INSERT INTO journal_entry (transaction_id, source, organization_id, account, amount, description)
  SELECT $5, 'settle:' || $5, o.organization_id, v.account::"LedgerAccount", v.amount, o.requests || ' requests settled'
  FROM (SELECT organization_id, count(*) AS requests, sum(charged)::bigint AS charged, coalesce(sum(charged) FILTER (WHERE is_byok), 0)::bigint AS fees, sum(operator_loss)::bigint AS loss FROM ins GROUP BY organization_id) o
  CROSS JOIN LATERAL (VALUES ('credits', -o.charged), ('revenue', o.charged - o.fees), ('fees', o.fees), ('operator_loss', -o.loss), ('provider_costs', o.loss)) AS v(account, amount)
  WHERE v.amount <> 0
  RETURNING 1
), h AS (
  INSERT INTO usage_hour AS t (hour, organization_id, project_id, api_key_id, environment, provider, model, requests, errors, prompt_tokens, completion_tokens, cost, byok_cost, charged, fees, operator_loss)
  SELECT date_bin('1 hour', created_at, 'epoch'::timestamptz), organization_id, project_id, api_key_id, environment, coalesce(provider, ''), coalesce(model, ''),
    count(*), count(*) FILTER (WHERE status >= 400), sum(prompt_tokens), sum(completion_tokens), sum(coalesce(cost, 0)), coalesce(sum(cost) FILTER (WHERE is_byok), 0),
    sum(charged), coalesce(sum(charged) FILTER (WHERE is_byok), 0), sum(operator_loss)
  FROM ins GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 2, 3, 4, 6, 7, 1
  ON CONFLICT (organization_id, project_id, api_key_id, provider, model, hour) DO UPDATE SET
    requests = t.requests + excluded.requests, errors = t.errors + excluded.errors, prompt_tokens = t.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = t.completion_tokens + excluded.completion_tokens, cost = t.cost + excluded.cost, byok_cost = t.byok_cost + excluded.byok_cost, charged = t.charged + excluded.charged, fees = t.fees + excluded.fees,
    operator_loss = t.operator_loss + excluded.operator_loss
  RETURNING 1
), m AS MATERIALIZED (
  SELECT id, used, held, total, period, period_seconds, anchor, window_start FROM meter
  WHERE id = ANY (array(SELECT meter_id FROM a)) AND (SELECT count(*) FROM j) >= 0 AND (SELECT count(*) FROM h) >= 0
  ORDER BY id FOR UPDATE
), u AS (
  UPDATE meter SET
    held = m.held - a.amount,
    used = CASE WHEN m.window_start < w.start THEN 0 ELSE m.used END + a.charge,
    window_start = greatest(m.window_start, w.start),
    total = m.total + a.charge,
    last_used_at = c.now
  FROM a CROSS JOIN c JOIN m ON m.id = a.meter_id
  CROSS JOIN LATERAL (SELECT meter_window_start(m.period, m.period_seconds, m.anchor, c.now) AS start) w
  WHERE meter.id = a.meter_id
)
SELECT array(SELECT s.i FROM s WHERE NOT EXISTS (SELECT FROM ins WHERE ins.id = s.id)) AS gone,
  1 / ((SELECT count(*) FROM m) = (SELECT count(*) FROM a))::int AS complete`;

/** SQLSTATE of the division in the statement's last line. */
const DIVISION_BY_ZERO = "22012";

/** What jsonb refuses: a NUL, and lone surrogates, which JSON.stringify escapes. */
const UNFIT_JSON = /\\u0000|\\ud[89a-f][0-9a-f]{2}/gi;
/** Texts that need no quotes inside a row, which most are: ids, names of models and providers. */
const PLAIN = /^[\w./:@-]+$/;

/**
 * A text inside a row inside an array: either quotes what it holds. Of what is written as UTF-8, a NUL alone is refused by
 * the database.
 */
function quoted(text: string): string {
  const clean = text.includes("\u0000") ? text.replaceAll("\u0000", "\ufffd") : text;
  return `\\"${clean.replaceAll("\\", "\\\\\\\\").replaceAll('"', '\\\\\\"')}\\"`;
}

/** A field that may be any text; nothing stands for NULL. */
function textField(value: string | null): string {
  if (value === null) return "";
  return PLAIN.test(value) ? value : quoted(value);
}

function numberField(value: number | bigint | null): string {
  return value === null ? "" : String(value);
}

function jsonField(value: object | null): string {
  return value === null ? "" : quoted(JSON.stringify(value).replace(UNFIT_JSON, "\\ufffd"));
}

function flag(value: boolean): string {
  return value ? "t" : "f";
}

/** One settlement as an element of the statement's array, in the order of the type `settlement_row`. */
function rowOf(settlement: Settlement, i: number): string {
  return `"(${i},${settlement.id},${settlement.createdAt / 1000},${settlement.organizationId},${settlement.projectId},${settlement.apiKeyId},${textField(settlement.endUserId)},${settlement.environment},${settlement.endpoint},${settlement.outcome},${settlement.status},${textField(settlement.errorCode)},${textField(settlement.errorMessage)},${jsonField(settlement.refusal)},${textField(settlement.requestedModel)},${textField(settlement.model)},${textField(settlement.provider)},${textField(settlement.providerKeyId)},${flag(settlement.streamed)},${flag(settlement.cancelled)},${textField(settlement.finishReason)},${flag(settlement.isByok)},${settlement.billedTo},${settlement.promptTokens},${settlement.cachedTokens},${settlement.cacheWriteTokens},${settlement.completionTokens},${settlement.reasoningTokens},${flag(settlement.usageEstimated)},${numberField(settlement.inputPrice)},${numberField(settlement.outputPrice)},${numberField(settlement.cachedInputPrice)},${numberField(settlement.cacheWritePrice)},${settlement.hold},${numberField(settlement.cost)},${settlement.charged},${settlement.operatorLoss},${jsonField(settlement.attempts)},${settlement.latencyMs},${numberField(settlement.firstTokenMs)},${textField(settlement.clientRequestId)},${textField(settlement.clientAddress)},${textField(settlement.cachedFrom)})"`;
}

/** How often a batch is tried that waited for a change which made a meter; each time there has to be another such change. */
const TRIES = 5;

/** Runs the statement until it has seen the meters of all its holds. */
async function settleSeeingAll(values: unknown[]): Promise<{ gone: number[] } | undefined> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      const { rows } = await settlementPool().query<{ gone: number[] }>({ name: "settle", text: SETTLE, values });
      return rows[0];
    } catch (error) {
      const isBlind = error instanceof Error && "code" in error && error.code === DIVISION_BY_ZERO;
      if (!isBlind || left === 0) throw error;
    }
  }
}

/**
 * Runs the settlement statement on a batch; one result for each settlement, in order. It is committed then, but not yet
 * known to be on the disk (lib/gateway/durability.ts).
 */
export async function settleBatch(batch: readonly Settlement[]): Promise<SettlementResult[]> {
  const chargeIndex: number[] = [];
  const chargeMeter: bigint[] = [];
  const chargeAmount: bigint[] = [];
  batch.forEach((settlement, index) => {
    for (const charge of settlement.charges) {
      chargeIndex.push(index);
      chargeMeter.push(charge.meterId);
      chargeAmount.push(charge.amount);
    }
  });
  // By request, so that two processes that settle the same holds (a sweep may) never wait for each other.
  const rows = batch.map((settlement, index) => ({ id: settlement.id, row: rowOf(settlement, index) }));
  rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  const values = [
    `{${rows.map(({ row }) => row).join(",")}}`,
    plainArray(chargeIndex),
    plainArray(chargeMeter),
    plainArray(chargeAmount),
    newId("txn"),
    chargeIndex.length,
  ];
  const row = await settleSeeingAll(values);
  if (!row) throw new Error("the settlement statement gave no answer");
  const results = new Array<SettlementResult>(batch.length).fill("done");
  for (const index of row.gone) results[index] = "gone";
  return results;
}
