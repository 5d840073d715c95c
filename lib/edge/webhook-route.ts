import { paymentService } from "@/lib/billing/payment-service";
import { RefusedEvent, receiveStripeEvent } from "@/lib/billing/receive-stripe-event";
import { UnreadableEvent } from "@/lib/billing/stripe-event";
import { isDatabaseUnavailable } from "@/lib/infra/db";
import { log } from "@/lib/infra/log";
import { verifiedEvent, WrongSignature } from "@/lib/infra/stripe";

/** Many times what Stripe sends. */
const BODY_BYTES_MAX = 1024 * 1024;
const HEADERS = { "cache-control": "no-store" };

function refuse(status: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ error: { message } }, { status, headers: { ...HEADERS, ...headers } });
}

/** The whole body as it came; null when it is larger than any webhook. */
async function readBody(request: Request): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (!request.body) return Buffer.alloc(0);
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Stripe's webhook: verifies the signature over the raw body, takes the event in, and answers 200 also for what says
 * nothing to us or was there before. What is refused (400) wrote nothing; whatever else fails is not 200, so Stripe sends
 * it again.
 */
export async function receiveWebhook(request: Request): Promise<Response> {
  const service = paymentService();
  if (!service) return refuse(404, "Payments are not set up on this installation.");
  try {
    const body = await readBody(request);
    if (!body) return refuse(413, "The body is larger than any webhook.");
    const event = verifiedEvent(body, request.headers.get("stripe-signature"), service.webhookSecret);
    const note = await receiveStripeEvent(event);
    log().info({ event: event.id, type: event.type, note }, "a Stripe event was taken in");
    return Response.json({ received: true }, { headers: HEADERS });
  } catch (error) {
    if (error instanceof WrongSignature || error instanceof RefusedEvent || error instanceof UnreadableEvent) {
      log().warn({ kind: error.name, reason: error.message }, "a Stripe webhook was refused");
      // Whoever has no right signature learns nothing beyond that.
      return refuse(400, error instanceof WrongSignature ? "The signature is not valid." : "The event was refused.");
    }
    if (isDatabaseUnavailable(error)) {
      log().warn({ err: error }, "a Stripe webhook met a database that does not answer");
      return refuse(503, "The database is not reachable at the moment.", { "retry-after": "5" });
    }
    log().error({ err: error }, "a Stripe webhook failed");
    return refuse(500, "The event could not be taken in.");
  }
}
