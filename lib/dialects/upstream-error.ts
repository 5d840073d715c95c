import { AISDKError, APICallError } from "@ai-sdk/provider";
import { isRecord } from "@/lib/core/is-record";

/** What a provider says is wrong, beside a status or in the midst of a stream. */
export interface Complaint {
  message: string;
  /** In the provider's words: `overloaded_error`, `insufficient_quota`. */
  type: string | null;
  code: string | null;
  param: string | null;
}

/** A provider that refused a request, or whose answer is none. */
export interface UpstreamRefusal {
  status: number;
  /** The body as it came; empty when there was none. */
  body: string;
  /** Its `Retry-After`, in its own form. */
  retryAfter: string | null;
}

const UNREADABLE: Complaint = {
  message: "The provider's answer could not be read.",
  type: null,
  code: null,
  param: null,
};

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Reads the error of a stream, of either dialect; what the AI SDK itself throws is about an answer that is none. */
export function complaintOf(error: unknown): Complaint {
  // AWS's front door writes it with a capital.
  const message = error instanceof Error || !isRecord(error) ? null : (text(error.message) ?? text(error.Message));
  if (!isRecord(error) || message === null) return UNREADABLE;
  return { message, type: text(error.type), code: text(error.code), param: text(error.param) };
}

/** Reads the body of a refusal, of either dialect, or whatever else it is. */
export function complaintIn({ body, status }: UpstreamRefusal): Complaint {
  let value: unknown = null;
  try {
    value = JSON.parse(body);
  } catch {
    // Some proxies answer with a page of their own.
  }
  const error = isRecord(value) ? (value.error ?? value) : null;
  const complaint = complaintOf(typeof error === "string" ? { message: error } : error);
  if (complaint !== UNREADABLE) return complaint;
  return { ...UNREADABLE, message: body.trim() === "" ? `The provider answered ${status}.` : body };
}

/**
 * What an error of the AI SDK says about the provider: its refusal, or 502 for an answer that cannot be read. Null when
 * it is neither, but a failure on the way.
 */
export function upstreamRefusal(error: unknown): UpstreamRefusal | null {
  if (APICallError.isInstance(error)) {
    const { statusCode, responseBody, responseHeaders, cause } = error;
    if (statusCode === undefined) return null;
    if (statusCode >= 400)
      return { status: statusCode, body: responseBody ?? "", retryAfter: responseHeaders?.["retry-after"] ?? null };
    if (cause !== undefined && !AISDKError.isInstance(cause)) return null;
  } else if (!AISDKError.isInstance(error)) return null;
  return { status: 502, body: JSON.stringify({ error: UNREADABLE }), retryAfter: null };
}

/** The failure on the way that the AI SDK wrapped; else the error itself. */
export function wrappedFailure(error: unknown): unknown {
  return APICallError.isInstance(error) && error.cause !== undefined ? wrappedFailure(error.cause) : error;
}
