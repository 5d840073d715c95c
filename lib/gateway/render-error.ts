import type { GatewayError } from "@/lib/core/errors";
import { redact } from "@/lib/infra/redact";

/** Refusals that say how a credential is to be sent, and so look as if they held one. */
const ABOUT_CREDENTIALS: ReadonlySet<string> = new Set(["missing_key", "malformed_header", "key_in_query"]);

/** What the caller reads. It may repeat what the caller or a provider said, and in that there may be a key. */
function messageOf(error: GatewayError): string {
  return ABOUT_CREDENTIALS.has(error.code) ? error.message : redact(error.message);
}

/** The error body of every endpoint in OpenAI's dialect (CONTRACT section 9); `status` and `message` on top are for LLM Gateway's clients. */
export function errorBody(error: GatewayError): string {
  const message = messageOf(error);
  return JSON.stringify({
    error: {
      message,
      type: error.type,
      code: error.wireCode,
      param: error.options.param ?? null,
      metadata: error.metadata,
    },
    status: error.status,
    message,
  });
}

/**
 * The error event of a stream of the Responses API, numbered after the `last` event that passed. Its words stand twice: at
 * the top, as OpenAI documents the event, and in `error`, as OpenAI sends it and its own clients read it.
 */
export function responsesErrorEvent(error: GatewayError, last: Readonly<Record<string, unknown>> | null): string {
  const said = {
    type: error.type,
    code: error.wireCode,
    message: messageOf(error),
    param: error.options.param ?? null,
    metadata: error.metadata,
  };
  const { code, message, param } = said;
  const number = typeof last?.sequence_number === "number" ? last.sequence_number + 1 : 0;
  return JSON.stringify({ type: "error", sequence_number: number, code, message, param, error: said });
}

/** Types of error that Anthropic has a word of its own for (Anthropic, "Errors"); the others are called alike. */
const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  402: "billing_error",
  413: "request_too_large",
  499: "invalid_request_error",
  500: "api_error",
  502: "api_error",
  503: "overloaded_error",
  504: "timeout_error",
};

/** The error body of the endpoints in Anthropic's dialect (CONTRACT section 9). */
export function anthropicErrorBody(error: GatewayError, requestId: string): string {
  const { retry_after_seconds } = error.metadata;
  return JSON.stringify({
    type: "error",
    error: { type: ANTHROPIC_TYPES[error.status] ?? error.type, message: messageOf(error), retry_after_seconds },
    request_id: requestId,
  });
}
