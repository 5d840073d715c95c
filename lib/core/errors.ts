/**
 * One table of everything that can go wrong (CONTRACT section 9). The code decides status, type and who owns the
 * failure; the message is what the caller reads; `internal` is for our log only.
 */
export const ERRORS = {
  invalid_json: { status: 400, type: "invalid_request_error", owner: "client" },
  invalid_body: { status: 400, type: "invalid_request_error", owner: "client" },
  model_not_found: { status: 400, type: "invalid_request_error", owner: "client" },
  user_required: { status: 400, type: "invalid_request_error", owner: "client" },
  provider_key_missing: { status: 400, type: "invalid_request_error", owner: "client" },
  unsupported_endpoint: { status: 400, type: "invalid_request_error", owner: "client" },
  key_in_query: { status: 400, type: "invalid_request_error", owner: "client" },
  upstream_invalid_request: { status: 400, type: "invalid_request_error", owner: "client" },
  missing_key: { status: 401, type: "authentication_error", owner: "client" },
  malformed_header: { status: 401, type: "authentication_error", owner: "client" },
  invalid_key: { status: 401, type: "authentication_error", owner: "client" },
  key_inactive: { status: 401, type: "authentication_error", owner: "client" },
  key_expired: { status: 401, type: "authentication_error", owner: "client" },
  key_limit_reached: { status: 401, type: "authentication_error", owner: "client" },
  insufficient_credits: { status: 402, type: "billing_error", owner: "client" },
  model_unpriced: { status: 402, type: "billing_error", owner: "client" },
  insufficient_scope: { status: 403, type: "permission_error", owner: "client" },
  iam_denied: { status: 403, type: "permission_error", owner: "client" },
  budget_exceeded: { status: 403, type: "permission_error", owner: "client" },
  user_blocked: { status: 403, type: "permission_error", owner: "client" },
  forbidden: { status: 403, type: "permission_error", owner: "client" },
  not_found: { status: 404, type: "not_found_error", owner: "client" },
  user_not_found: { status: 404, type: "not_found_error", owner: "client" },
  method_not_allowed: { status: 405, type: "invalid_request_error", owner: "client" },
  idempotency_in_progress: { status: 409, type: "invalid_request_error", owner: "client" },
  conflict: { status: 409, type: "invalid_request_error", owner: "client" },
  body_too_large: { status: 413, type: "invalid_request_error", owner: "client" },
  unsupported_media_type: { status: 415, type: "invalid_request_error", owner: "client" },
  idempotency_mismatch: { status: 422, type: "invalid_request_error", owner: "client" },
  invalid_fields: { status: 422, type: "invalid_request_error", owner: "client" },
  rate_limited: { status: 429, type: "rate_limit_error", owner: "client" },
  too_many_failures: { status: 429, type: "rate_limit_error", owner: "client" },
  upstream_rate_limited: { status: 429, type: "rate_limit_error", owner: "upstream" },
  client_closed_request: { status: 499, type: "invalid_request_error", owner: "client" },
  internal_error: { status: 500, type: "internal_error", owner: "us" },
  upstream_error: { status: 502, type: "upstream_error", owner: "upstream" },
  upstream_auth: { status: 502, type: "upstream_error", owner: "upstream" },
  database_unavailable: { status: 503, type: "service_unavailable", owner: "us" },
  overloaded: { status: 503, type: "service_unavailable", owner: "us" },
  upstream_timeout: { status: 504, type: "upstream_error", owner: "upstream" },
} as const satisfies Record<string, { status: number; type: string; owner: "client" | "upstream" | "us" }>;

export type ErrorCode = keyof typeof ERRORS;

/** Some codes have one wire name under two statuses: management bodies (422) and upstream refusals (400). */
const WIRE_CODES: Partial<Record<ErrorCode, string>> = {
  invalid_fields: "invalid_body",
  upstream_invalid_request: "invalid_body",
};

const KEY_ADVICE =
  "Please make sure the token is not deleted or disabled. Go to the Turnpike 'API Keys' page to generate a new token.";

/** The sentences of CONTRACT section 9, word for word. */
export const MESSAGES = {
  missingKey:
    "Unauthorized: No API key provided. Expected 'Authorization: Bearer your-api-token' header or 'x-api-key: your-api-token' header",
  invalidKey: `Unauthorized: Invalid Turnpike API token. ${KEY_ADVICE}`,
  keyExpired: "Unauthorized: Turnpike API key has expired.",
  keyLimitReached: "Unauthorized: Turnpike API key reached its usage limit.",
  insufficientCredits: "Organization has insufficient credits",
  databaseUnavailable:
    "The database is not reachable at the moment. Nothing was sent upstream. Please try again shortly.",
} as const;

export interface GatewayErrorOptions {
  /** The name of the request field at fault, as OpenAI's `param`. */
  param?: string;
  /** Facts for the caller: the meter and its numbers, the rule's id, near names. */
  metadata?: Record<string, unknown>;
  /** Extra response headers, such as `Retry-After` or `Allow`. */
  headers?: Record<string, string>;
  /** For our log only. */
  internal?: string;
  cause?: unknown;
}

/** A refusal or failure with a code of the table; rendered by lib/gateway/render-error.ts. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly options: GatewayErrorOptions;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "GatewayError";
    this.code = code;
    this.options = options;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get type(): string {
    return ERRORS[this.code].type;
  }

  get wireCode(): string {
    return WIRE_CODES[this.code] ?? this.code;
  }

  get metadata(): Record<string, unknown> {
    return this.options.metadata ?? {};
  }
}

/** The 503 of CONTRACT section 9, when the database does not answer. */
export function databaseUnavailable(cause: unknown): GatewayError {
  return new GatewayError("database_unavailable", MESSAGES.databaseUnavailable, {
    headers: { "retry-after": "2" },
    cause,
  });
}
