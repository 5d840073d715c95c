import { z } from "zod";
import { idTime } from "@/lib/core/ids";
import { formatUsd } from "@/lib/core/money";
import type { BilledTo, KeyEnvironment, Outcome } from "@/lib/infra/prisma-client/client";
import { fromCursor, toCursor } from "@/lib/usage/cursor";
import {
  type FullReceiptRow,
  findReceipt,
  findRequestPage,
  type ReceiptRow,
  type RequestFilters,
} from "@/lib/usage/store";

export const PAGE_ROWS_MAX = 1_000;
const SECOND_MS = 1_000;

/** One line of the log. Amounts are USD as decimal strings, times ISO 8601. */
export interface RequestRow {
  id: string;
  createdAt: string;
  keyId: string;
  /** null: the key's row is gone. */
  keyName: string | null;
  environment: KeyEnvironment;
  endpoint: string;
  requestedModel: string;
  model: string | null;
  provider: string | null;
  /** HTTP status as the caller saw it. */
  status: number;
  outcome: Outcome;
  streamed: boolean;
  cancelled: boolean;
  promptTokens: number;
  completionTokens: number;
  /** At list price; null: the model has no price. */
  cost: string | null;
  /** Taken from credits. */
  charged: string;
  billedTo: BilledTo;
  latencyMs: number;
  firstTokenMs: number | null;
  errorCode: string | null;
  errorMessage: string | null;
}

/** One try at a provider. */
export interface ReceiptAttempt {
  provider: string;
  model: string;
  status: number | null;
  outcome: string;
  error: string | null;
  durationMs: number;
}

/** All that is kept of one request (CONTRACT section 7). Prices are USD per million tokens. */
export interface Receipt extends RequestRow {
  endUserId: string | null;
  /** The end user as our customer names them; null also where their row is gone. */
  endUser: string | null;
  providerKeyId: string | null;
  isByok: boolean;
  finishReason: string | null;
  cachedTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  usageEstimated: boolean;
  inputPrice: string | null;
  outputPrice: string | null;
  cachedInputPrice: string | null;
  cacheWritePrice: string | null;
  hold: string;
  operatorLoss: string;
  attempts: ReceiptAttempt[];
  /** The facts behind a refusal: the meter, its numbers, the rule. */
  refusal: Record<string, unknown> | null;
  clientRequestId: string | null;
  clientAddress: string | null;
  /** The request whose answer the response cache gave again; null: a provider was asked. */
  cachedFrom: string | null;
  settledAt: string;
}

export interface RequestQuery {
  projectId: string;
  /** `next` of the page before; left out or null: the newest. */
  before?: string | null;
  /** 1 to 1,000. */
  limit: number;
  filters?: RequestFilters;
}

/** A page of the log. */
export interface RequestPage {
  rows: RequestRow[];
  /** Where the next one starts; null: there is none. */
  next: string | null;
  /** Where a filter was looked for as far back as one answer goes: that time, ISO 8601. Null: it is a whole page. */
  searchedTo: string | null;
}

/**
 * A page of a project's log, newest first.
 * @throws GatewayError invalid_fields for a damaged `before`.
 */
export async function listRequests({ projectId, before, limit, filters = {} }: RequestQuery): Promise<RequestPage> {
  const size = Math.min(PAGE_ROWS_MAX, Math.max(1, Math.trunc(limit)));
  const { rows, searchedTo } = await findRequestPage(projectId, before ? fromCursor(before) : null, size + 1, filters);
  const page = rows.slice(0, size).map(requestRow);
  if (searchedTo) return { rows: page, next: toCursor(searchedTo), searchedTo: searchedTo.createdAt.toISOString() };
  const last = rows.length > size ? rows[size - 1] : undefined;
  return { rows: page, next: last ? toCursor({ createdAt: last.created_at, id: last.id }) : null, searchedTo: null };
}

/** The receipt of one request of a project; null when it is not there or another project's. */
export async function findRequest({ projectId, id }: { projectId: string; id: string }): Promise<Receipt | null> {
  const time = idTime(id);
  if (time === null) return null;
  const row = await findReceipt(projectId, id, new Date(time - SECOND_MS), new Date(time + SECOND_MS));
  return row && receipt(row);
}

/** A receipt as a line of the log. */
export function requestRow(row: ReceiptRow): RequestRow {
  return {
    id: row.id,
    createdAt: row.created_at.toISOString(),
    keyId: row.api_key_id,
    keyName: row.key_name,
    environment: row.environment,
    endpoint: row.endpoint,
    requestedModel: row.requested_model,
    model: row.model,
    provider: row.provider,
    status: row.status,
    outcome: row.outcome,
    streamed: row.streamed,
    cancelled: row.cancelled,
    promptTokens: Number(row.prompt_tokens),
    completionTokens: Number(row.completion_tokens),
    cost: amount(row.cost),
    charged: formatUsd(row.charged),
    billedTo: row.billed_to,
    latencyMs: row.latency_ms,
    firstTokenMs: row.first_token_ms,
    errorCode: row.error_code,
    errorMessage: row.error_message,
  };
}

function receipt(row: FullReceiptRow): Receipt {
  return {
    ...requestRow(row),
    endUserId: row.end_user_id,
    endUser: row.end_user,
    providerKeyId: row.provider_key_id,
    isByok: row.is_byok,
    finishReason: row.finish_reason,
    cachedTokens: Number(row.cached_tokens),
    cacheWriteTokens: Number(row.cache_write_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
    usageEstimated: row.usage_estimated,
    inputPrice: amount(row.input_price),
    outputPrice: amount(row.output_price),
    cachedInputPrice: amount(row.cached_input_price),
    cacheWritePrice: amount(row.cache_write_price),
    hold: formatUsd(row.hold),
    operatorLoss: formatUsd(row.operator_loss),
    attempts: attempts.parse(row.attempts),
    refusal: facts.parse(row.refusal),
    clientRequestId: row.client_request_id,
    clientAddress: row.client_address,
    cachedFrom: row.cached_from,
    settledAt: row.settled_at.toISOString(),
  };
}

function amount(nanos: bigint | null): string | null {
  return nanos === null ? null : formatUsd(nanos);
}

/** Rows outlive the code that wrote them, so what is missing has a stand-in. */
const attempts = z
  .array(
    z.object({
      provider: z.string().catch(""),
      model: z.string().catch(""),
      status: z.number().nullable().catch(null),
      outcome: z.string().catch(""),
      error: z.string().nullable().catch(null),
      durationMs: z.number().catch(0),
    }),
  )
  .catch([]);

const facts = z.record(z.string(), z.unknown()).nullable().catch(null);
