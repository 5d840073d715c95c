import { csvLine } from "@/lib/core/csv";
import { listRequests, type RequestPage, type RequestQuery, type RequestRow } from "@/lib/usage/requests";

/** More lines than these are for the management API; the last line of the file says so. */
export const EXPORT_ROWS_MAX = 100_000;
const PAGE_ROWS = 1_000;

/** The columns of the file, in their order. Costs are exact decimals of USD, times ISO 8601. */
const COLUMNS: readonly [name: string, value: (row: RequestRow) => string | number | boolean | null][] = [
  ["id", (row) => row.id],
  ["created_at", (row) => row.createdAt],
  ["key_id", (row) => row.keyId],
  ["key_name", (row) => row.keyName],
  ["environment", (row) => row.environment],
  ["endpoint", (row) => row.endpoint],
  ["requested_model", (row) => row.requestedModel],
  ["model", (row) => row.model],
  ["provider", (row) => row.provider],
  ["status", (row) => row.status],
  ["outcome", (row) => row.outcome],
  ["error_code", (row) => row.errorCode],
  ["streamed", (row) => row.streamed],
  ["prompt_tokens", (row) => row.promptTokens],
  ["completion_tokens", (row) => row.completionTokens],
  ["cost_usd", (row) => row.cost],
  ["charged_usd", (row) => row.charged],
  ["billed_to", (row) => row.billedTo],
  ["latency_ms", (row) => row.latencyMs],
  ["first_token_ms", (row) => row.firstTokenMs],
];

/**
 * A project's log as CSV, newest first, as its filters say; page by page, so that a long one never stands in memory, and
 * `EXPORT_ROWS_MAX` lines at most.
 */
export async function* exportRequests(query: Pick<RequestQuery, "projectId" | "filters">): AsyncGenerator<string> {
  yield csvLine(COLUMNS.map(([name]) => name));
  let written = 0;
  let before: string | null = null;
  do {
    const page: RequestPage = await listRequests({
      ...query,
      before,
      limit: Math.min(PAGE_ROWS, EXPORT_ROWS_MAX - written),
    });
    const text = page.rows.map((row) => csvLine(COLUMNS.map(([, value]) => value(row)))).join("");
    if (text !== "") yield text;
    written += page.rows.length;
    before = page.next;
  } while (before !== null && written < EXPORT_ROWS_MAX);
  if (before !== null)
    yield csvLine([`There are more than these ${EXPORT_ROWS_MAX} requests: narrow the filters for the rest.`]);
}
