import { GatewayError } from "@/lib/core/errors";
import { isRecord } from "@/lib/core/is-record";
import { cleanText } from "@/lib/core/text";
import { retryAfterMs } from "@/lib/gateway/retry-after";
import { redact } from "@/lib/infra/redact";
import { ProviderFailure } from "@/lib/providers/provider";

const PROVIDER_TEXT_LENGTH = 400;
/** More than is shown, so that a secret at the cut is still seen whole and masked. */
const READ_TEXT_LENGTH = 2_000;

/** The longest that a caller is told to wait, in seconds: what a provider asks beyond it is no word to clients that sleep so long. */
const RETRY_AFTER_MAX = 3_600;

/** Statuses below 500 after which another attempt may do better: the key's fault (402: no money), the provider's (424: its model failed, at Bedrock), or too much. */
const WORTH_ANOTHER_TRY = new Set([401, 402, 403, 408, 409, 424, 425, 429]);

/** Whether the next attempt may be tried after this status; a request that is wrong is wrong everywhere. */
export function mayFallBack(status: number): boolean {
  // All of them: proxies in front of providers have many of their own (Cloudflare: 520 to 530).
  return status >= 500 || WORTH_ANOTHER_TRY.has(status);
}

/** A provider's `Retry-After` as a caller gets it: in whole seconds, an hour at most; left out where it says nothing. */
function retryAfterHeader(retryAfter: string | undefined): Record<string, string> {
  const ms = retryAfterMs(retryAfter, Date.now());
  return ms === null ? {} : { "retry-after": String(Math.min(Math.ceil(ms / 1_000), RETRY_AFTER_MAX)) };
}

/** Where the events of OpenAI's Responses API say an error: `response.failed` in its response, some `error` events bare. */
function errorOfResponse(value: Readonly<Record<string, unknown>>): unknown {
  if (isRecord(value.response)) return value.response.error;
  return value.type === "error" ? value : undefined;
}

function textIn(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    // Google's OpenAI endpoint wraps its error in an array.
    const value: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    if (!isRecord(value)) return body;
    const error = value.error ?? errorOfResponse(value);
    if (typeof error === "string") return error;
    return isRecord(error) && typeof error.message === "string" ? error.message : body;
  } catch {
    return body;
  }
}

/** What the provider said, fit to be shown: its message, secrets removed, at most 400 characters. */
export function providerText(body: string): string {
  return cleanText(redact(textIn(body).slice(0, READ_TEXT_LENGTH)).trim(), PROVIDER_TEXT_LENGTH);
}

/** How a provider's refusal reads for the caller (CONTRACT section 9, "Upstream"). */
export function upstreamRefusal(
  status: number,
  body: string,
  retryAfter: string | undefined,
  provider: string,
  path = "chat/completions",
): GatewayError {
  const metadata = { provider, upstream_status: status };
  const said = providerText(body);
  if (status === 400 || status === 422 || status === 413) {
    return new GatewayError(
      "upstream_invalid_request",
      said || `The provider ${provider} did not accept the request.`,
      { metadata },
    );
  }
  if (status === 404) {
    // Many serve a model in chats that they do not serve elsewhere.
    const where = path === "chat/completions" ? "" : `, or does not serve it at ${path}`;
    return new GatewayError("model_not_found", `The provider ${provider} does not know this model${where}.`, {
      param: "model",
      metadata,
    });
  }
  if (status === 401 || status === 403) {
    return new GatewayError("upstream_auth", `The provider ${provider} refused the provider key.`, {
      metadata,
      internal: said,
    });
  }
  if (status === 429) {
    return new GatewayError("upstream_rate_limited", `The provider ${provider} is rate limiting. ${said}`.trim(), {
      metadata,
      headers: retryAfterHeader(retryAfter),
    });
  }
  if (status === 408 || status === 504)
    return new GatewayError("upstream_timeout", `The provider ${provider} took too long.`, {
      metadata,
      internal: said,
    });
  return new GatewayError(
    "upstream_error",
    `The provider ${provider} failed (${status}).${said === "" ? "" : ` ${said}`}`,
    { metadata },
  );
}

function isObject(body: string): boolean {
  try {
    return isRecord(JSON.parse(body));
  } catch {
    return false;
  }
}

/** How an answer reads for the caller that came with a good status and is an error all the same, or nothing we know. */
export function unusableAnswer(body: string, provider: string): GatewayError {
  const said = textIn(body) === body ? "" : providerText(body);
  return new GatewayError(
    "upstream_error",
    isObject(body)
      ? `The provider ${provider} failed. ${said}`.trim()
      : `The provider ${provider} gave an answer that is no JSON object.`,
    { metadata: { provider } },
  );
}

/** How an answer that never came, or broke off, reads for the caller. */
export function upstreamFailure(failure: unknown, provider: string): GatewayError {
  const timeout = failure instanceof ProviderFailure && failure.kind === "timeout";
  return new GatewayError(
    timeout ? "upstream_timeout" : "upstream_error",
    timeout ? `The provider ${provider} took too long.` : `The connection to the provider ${provider} broke off.`,
    { metadata: { provider }, cause: failure },
  );
}
