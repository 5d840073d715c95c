import type { GatewayError } from "@/lib/core/errors";

/** The error body of every endpoint in OpenAI's dialect (CONTRACT section 9); `status` and `message` on top are for LLM Gateway's clients. */
export function errorBody(error: GatewayError): string {
  return JSON.stringify({
    error: {
      message: error.message,
      type: error.type,
      code: error.wireCode,
      param: error.options.param ?? null,
      metadata: error.metadata,
    },
    status: error.status,
    message: error.message,
  });
}
