import type { ErrorCode } from "@/lib/core/errors";
import { type DescribedOperation, NO_QUERY, NOTHING } from "@/lib/edge/described-operation";
import { ENDPOINTS, type Endpoint, isReadEndpoint } from "@/lib/gateway/endpoints";

/** What any call may be answered with: its key, the rules that it is under, and what can fail on our side. */
const ALWAYS: readonly ErrorCode[] = [
  "key_in_query",
  "missing_key",
  "malformed_header",
  "invalid_key",
  "key_inactive",
  "key_expired",
  "insufficient_scope",
  "iam_denied",
  "too_many_failures",
  "internal_error",
  "database_unavailable",
];

/** What any call with a body may be answered with. */
const WITH_BODY: readonly ErrorCode[] = ["invalid_json", "body_too_large", "unsupported_media_type"];

/** What a call of a model may be answered with beyond that. */
const OF_MODELS: readonly ErrorCode[] = [
  "invalid_body",
  "model_not_found",
  "user_required",
  "provider_key_missing",
  "unsupported_endpoint",
  "upstream_invalid_request",
  "key_limit_reached",
  "insufficient_credits",
  "model_unpriced",
  "budget_exceeded",
  "user_blocked",
  "forbidden",
  "user_not_found",
  "idempotency_in_progress",
  "idempotency_mismatch",
  "rate_limited",
  "upstream_rate_limited",
  "upstream_error",
  "upstream_auth",
  "overloaded",
  "upstream_timeout",
];

/** Of the gateway's endpoints that call no model, what is theirs alone. */
const OF_ENDPOINTS: Partial<Record<Endpoint, readonly ErrorCode[]>> = {
  "messages/count_tokens": [
    "invalid_body",
    "model_not_found",
    "unsupported_endpoint",
    "provider_key_missing",
    "user_blocked",
    "upstream_invalid_request",
    "upstream_rate_limited",
    "upstream_error",
    "upstream_auth",
    "upstream_timeout",
  ],
  "models/{id}": ["not_found"],
  generation: ["invalid_body", "not_found"],
  "generation/{id}": ["not_found"],
  "iam/explain": ["invalid_body", "model_not_found"],
};

/** Of management calls, what only some are answered with. */
const CONFLICTS: readonly string[] = ["POST users", "DELETE projects/{id}"];

function isEndpoint(path: string): path is Endpoint {
  return Object.hasOwn(ENDPOINTS, path);
}

/** The codes that a call may be answered with, besides `method_not_allowed`, which is its address's (CONTRACT section 9). */
export function describedErrors(operation: DescribedOperation): readonly ErrorCode[] {
  const { method, path, body, masterOnly, query } = operation;
  const hasBody = body !== NOTHING;
  const common = hasBody ? [...WITH_BODY, ...ALWAYS] : ALWAYS;
  if (isEndpoint(path) && ENDPOINTS[path].method === method) {
    const own = OF_ENDPOINTS[path];
    return [...common, ...(own ?? (isReadEndpoint(path) ? [] : OF_MODELS))];
  }
  const takesFields = hasBody || query !== NO_QUERY;
  return [
    ...common,
    ...(takesFields ? (["invalid_fields"] as const) : []),
    ...(masterOnly ? (["forbidden"] as const) : []),
    ...(path.includes("{id}") || takesFields ? (["not_found"] as const) : []),
    ...(path.startsWith("users/{id}") ? (["user_not_found"] as const) : []),
    ...(CONFLICTS.includes(`${method} ${path}`) ? (["conflict"] as const) : []),
  ];
}
