import Stripe from "stripe";

/** The version whose objects this code reads; Stripe keeps answering in it. The same as the pinned package's own. */
export const STRIPE_API_VERSION = "2026-10-28.endive";
const TIMEOUT_MS = 20_000;
const NETWORK_RETRIES = 2;
/** How old a signature may be, in seconds; what Stripe recommends. https://docs.stripe.com/webhooks#replay-attacks */
const SIGNATURE_TOLERANCE_SECONDS = 300;

export interface StripeSettings {
  secretKey: string;
  /** Where Stripe is reached, if not at its usual address. */
  apiBase?: string | undefined;
  /** Instead of the network. */
  fetch?: typeof fetch;
}

/** A client of Stripe's API. */
export function makeStripe({ secretKey, apiBase, fetch }: StripeSettings): Stripe {
  const address = apiBase === undefined ? null : new URL(apiBase);
  return new Stripe(secretKey, {
    apiVersion: STRIPE_API_VERSION,
    timeout: TIMEOUT_MS,
    maxNetworkRetries: NETWORK_RETRIES,
    telemetry: false,
    ...(address && {
      protocol: address.protocol === "http:" ? "http" : "https",
      host: address.hostname,
      port: address.port || (address.protocol === "http:" ? 80 : 443),
    }),
    ...(fetch ? { httpClient: Stripe.createFetchHttpClient(fetch) } : {}),
  });
}

/** A webhook that did not come from Stripe, was changed on its way, or is too old. */
export class WrongSignature extends Error {
  override readonly name = "WrongSignature";
}

/** Any client will do: verifying is done without the network and without its key. */
const verifier = new Stripe("none", { apiVersion: STRIPE_API_VERSION });

/**
 * The event of a webhook, once its signature over the very bytes that arrived is verified.
 * @throws WrongSignature; its message holds nothing of the body or the header.
 */
export function verifiedEvent(
  body: Buffer,
  signature: string | null,
  secret: string,
): { id: string; type: string; object: unknown } {
  try {
    const event = verifier.webhooks.constructEvent(body, signature ?? "", secret, SIGNATURE_TOLERANCE_SECONDS);
    return { id: event.id, type: event.type, object: event.data.object };
  } catch (error) {
    const reason =
      error instanceof Stripe.errors.StripeSignatureVerificationError ? error.message : "no JSON of an event";
    throw new WrongSignature(reason.split("\n")[0]?.slice(0, 200));
  }
}

/** Signs a body as Stripe does, at a time in seconds since 1970: for the simulator and for tests. */
export function signedHeader(body: string, secret: string, timestamp = Math.floor(Date.now() / 1000)): string {
  return verifier.webhooks.generateTestHeaderString({ payload: body, secret, timestamp });
}

/** What Stripe says about a request that it refused or did not answer. */
export interface StripeProblem {
  type: string;
  code: string | undefined;
  /** The parameter at fault. */
  param: string | undefined;
  status: number | undefined;
}

/** Without the words of the message, which may repeat what was sent; null when `error` is something else. */
export function stripeProblem(error: unknown): StripeProblem | null {
  if (!(error instanceof Stripe.errors.StripeError)) return null;
  return { type: error.type, code: error.code, param: error.param, status: error.statusCode };
}

/** The payment that a card was refused for, as it stands; null when `error` is something else. */
export function refusedPayment(error: unknown): Stripe.PaymentIntent | null {
  return error instanceof Stripe.errors.StripeCardError ? (error.payment_intent ?? null) : null;
}
