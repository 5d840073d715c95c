import { z } from "zod";
import { paymentService } from "@/lib/billing/payment-service";
import { findPaymentOf } from "@/lib/billing/store";
import { log } from "@/lib/infra/log";
import { stripeProblem } from "@/lib/infra/stripe";

const toldSchema = z.object({ topUpId: z.string() });

/** Stripe's words for a payment of which nothing is left to be sent back, or whose bank does that. */
const SENT_BACK_ALREADY: readonly (string | undefined)[] = ["charge_already_refunded", "charge_disputed"];

/**
 * Sends back what is left of a top-up's payment, fee included; once, however often it is called. The credits go with the
 * webhook that tells of it, as with every refund.
 * @throws what Stripe or the database throw when they cannot be reached; then it is to be called again.
 */
export async function refundTopUp(told: unknown): Promise<void> {
  const { topUpId } = toldSchema.parse(told);
  const service = paymentService();
  const payment = await findPaymentOf(topUpId);
  if (!service || payment === null) return;
  try {
    await service.client.refunds.create({ payment_intent: payment }, { idempotencyKey: `${topUpId} refund` });
    log().info({ topUp: topUpId }, "what was paid for a deleted organisation was sent back");
  } catch (error) {
    if (!SENT_BACK_ALREADY.includes(stripeProblem(error)?.code)) throw error;
  }
}
