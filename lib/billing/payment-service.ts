import { createHmac } from "node:crypto";
import type Stripe from "stripe";
import { storedObjects } from "@/lib/billing/simulator/objects-store";
import { makeStripeDouble, type StripeDouble } from "@/lib/billing/simulator/stripe-double";
import { GatewayError } from "@/lib/core/errors";
import { type Config, config } from "@/lib/infra/config";
import { log } from "@/lib/infra/log";
import { makeStripe, stripeProblem } from "@/lib/infra/stripe";

/** stripe: real money. simulated: the local checkout simulator. off: there is no way to pay. */
export type PaymentMode = "stripe" | "simulated" | "off";

interface PaymentService {
  mode: Exclude<PaymentMode, "off">;
  client: Stripe;
  webhookSecret: string;
  /** null where payments are real. */
  simulator: StripeDouble | null;
}

/** Below the server's public address. */
export const SIMULATOR_PATH = "/api/stripe/simulator";
const WEBHOOK_PATH = "/api/stripe/webhook";

let memoised: { settings: Config; service: PaymentService | null } | undefined;

/** Who takes payments for this installation; null where nobody does. */
export function paymentService(): PaymentService | null {
  const settings = config();
  if (memoised?.settings !== settings) memoised = { settings, service: makeService(settings) };
  return memoised.service;
}

export function paymentMode(): PaymentMode {
  return paymentService()?.mode ?? "off";
}

function makeService(settings: Config): PaymentService | null {
  const { stripeSecretKey: secretKey, stripeWebhookSecret: webhookSecret, stripeApiBase: apiBase } = settings;
  if (secretKey !== undefined && webhookSecret !== undefined)
    return { mode: "stripe", client: makeStripe({ secretKey, apiBase }), webhookSecret, simulator: null };
  return settings.stripeSimulated ? makeSimulatedService(settings) : null;
}

/** The SDK talks to the simulator within this process; webhooks take the way that Stripe's take, through the server. */
function makeSimulatedService(settings: Config): PaymentService {
  const secretFor = (use: string) => createHmac("sha256", settings.nextauthSecret).update(use).digest("hex");
  const secretKey = `sk_test_${secretFor("payment simulator, api")}`;
  const webhookSecret = `whsec_${secretFor("payment simulator, webhooks")}`;
  const simulator = makeStripeDouble({
    objects: storedObjects,
    secretKey,
    webhookSecret,
    webhookUrl: `${settings.ownUrl}${WEBHOOK_PATH}`,
    hostedUrl: `${settings.appUrl}${SIMULATOR_PATH}`,
  });
  const client = makeStripe({ secretKey, fetch: (input, init) => simulator.api(new Request(input, init)) });
  return { mode: "simulated", client, webhookSecret, simulator };
}

/**
 * Asks the payment service something.
 * @throws GatewayError not_found where there is none, upstream_error when it refuses or does not answer; what it said is
 * in the log.
 */
export async function askStripe<Answer>(ask: (client: Stripe) => Promise<Answer>): Promise<Answer> {
  const service = paymentService();
  if (!service) throw new GatewayError("not_found", "Payments are not set up on this installation.");
  try {
    return await ask(service.client);
  } catch (error) {
    const problem = stripeProblem(error);
    if (!problem) throw error;
    log().error({ stripe: problem }, "the payment service did not do what it was asked");
    throw new GatewayError(
      "upstream_error",
      "The payment service did not answer as it should, and nothing was charged. Please try again shortly.",
      { cause: error },
    );
  }
}
