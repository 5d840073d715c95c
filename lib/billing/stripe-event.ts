import { z } from "zod";
import { usdOfCents } from "@/lib/billing/amounts";
import type { Usd } from "@/lib/core/money";
import type { DisputeOutcome } from "@/lib/infra/prisma-client/client";

/** The events that say something about a top-up. */
export const BILLING_EVENT_TYPES = [
  "checkout.session.completed",
  "checkout.session.async_payment_succeeded",
  "checkout.session.async_payment_failed",
  "checkout.session.expired",
  "payment_intent.succeeded",
  "payment_intent.payment_failed",
  "charge.refunded",
  "refund.created",
  "refund.updated",
  "refund.failed",
  "charge.refund.updated",
  "charge.dispute.created",
  "charge.dispute.closed",
] as const;
export type BillingEventType = (typeof BILLING_EVENT_TYPES)[number];

/** What our metadata on an object of Stripe's claims. It is compared with our own rows and decides nothing. */
export interface Claim {
  organizationId: string | undefined;
  topUpId: string | undefined;
}

interface Common {
  id: string;
  type: BillingEventType;
  /** Whether its amounts are USD; no other money is credited. */
  inUsd: boolean;
  claim: Claim;
}

/** What an event says, with amounts in nano-dollars from Stripe's own object. */
export type BillingEvent = Common &
  (
    | {
        about: "session";
        sessionId: string;
        /** null: the checkout ended without one. */
        paymentIntent: string | null;
        /** What was paid in all; null: not paid (yet). */
        paid: Usd | null;
        ended: "expired" | "failed" | null;
      }
    | { about: "payment"; paymentIntent: string; paid: Usd | null; failure: string | null }
    | {
        about: "refunds";
        paymentIntent: string | null;
        /** Of all refunds of the charge together. */ refunded: Usd;
      }
    | {
        about: "refund";
        paymentIntent: string | null;
        refundId: string;
        amount: Usd;
        /** The money did not reach the payer and never will. */
        failed: boolean;
      }
    | { about: "dispute"; paymentIntent: string | null; disputeId: string; amount: Usd; outcome: DisputeOutcome }
  );

/** Stripe's object does not hold what its API version promises. The message names the fields and no values. */
export class UnreadableEvent extends Error {
  override readonly name = "UnreadableEvent";
}

/** Stripe's amounts are whole numbers of the smallest unit, at most eight digits for a charge. */
const cents = z.int().min(0).transform(usdOfCents);
/** An id, or, where a request expanded it, the object that has it. */
const reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]).nullish();
const currency = z.string().transform((name) => name.toLowerCase() === "usd");
const claim = z
  .object({ organization: z.string().optional(), top_up: z.string().optional() })
  .nullish()
  .transform((metadata): Claim => ({ organizationId: metadata?.organization, topUpId: metadata?.top_up }));

/** Of one that only keeps a card, amount and currency are null. */
const session = z
  .object({
    id: z.string(),
    payment_intent: reference,
    payment_status: z.enum(["paid", "unpaid", "no_payment_required"]),
    amount_total: cents.nullish(),
    currency: currency.nullish(),
    metadata: claim,
  })
  .refine((object) => object.payment_status !== "paid" || typeof object.amount_total === "bigint", {
    path: ["amount_total"],
  });

const paymentIntent = z.object({
  id: z.string(),
  amount_received: cents,
  currency,
  metadata: claim,
  last_payment_error: z.object({ message: z.string().nullish() }).nullish(),
});

const charge = z.object({ payment_intent: reference, amount_refunded: cents, currency, metadata: claim });

const refund = z.object({
  id: z.string(),
  payment_intent: reference,
  amount: cents,
  currency,
  status: z.string().nullish(),
  metadata: claim,
});

const dispute = z.object({
  id: z.string(),
  payment_intent: reference,
  amount: cents,
  currency,
  status: z.string(),
  metadata: claim,
});

type Said<About extends BillingEvent["about"]> = Omit<Extract<BillingEvent, { about: About }>, "id" | "type">;

function saidOfSession(ended: "expired" | "failed" | null) {
  return session.transform(
    (object): Said<"session"> => ({
      about: "session",
      sessionId: object.id,
      paymentIntent: object.payment_intent ?? null,
      paid: ended === null && object.payment_status === "paid" ? (object.amount_total ?? null) : null,
      ended,
      inUsd: object.currency ?? false,
      claim: object.metadata,
    }),
  );
}

const FAILURE_CHARACTERS_MAX = 300;

function saidOfPayment(succeeded: boolean) {
  return paymentIntent.transform(
    (object): Said<"payment"> => ({
      about: "payment",
      paymentIntent: object.id,
      paid: succeeded ? object.amount_received : null,
      failure: succeeded
        ? null
        : (object.last_payment_error?.message ?? "The payment failed.").slice(0, FAILURE_CHARACTERS_MAX),
      inUsd: object.currency,
      claim: object.metadata,
    }),
  );
}

const saidOfCharge = charge.transform(
  (object): Said<"refunds"> => ({
    about: "refunds",
    paymentIntent: object.payment_intent ?? null,
    refunded: object.amount_refunded,
    inUsd: object.currency,
    claim: object.metadata,
  }),
);

/** A refund that the bank sends back has failed, days later; one that was cancelled never left. Neither is taken back. */
const saidOfRefund = refund.transform(
  (object): Said<"refund"> => ({
    about: "refund",
    paymentIntent: object.payment_intent ?? null,
    refundId: object.id,
    amount: object.amount,
    failed: object.status === "failed" || object.status === "canceled",
    inUsd: object.currency,
    claim: object.metadata,
  }),
);

/**
 * An inquiry (`warning_…`) withdraws no money; a dispute does, until it is won.
 * https://docs.stripe.com/disputes/how-disputes-work
 */
function outcomeOf(status: string, isClosed: boolean): DisputeOutcome {
  if (isClosed) return status === "lost" ? "lost" : "won";
  return status.startsWith("warning_") || status === "prevented" ? "inquiry" : "open";
}

function saidOfDispute(isClosed: boolean) {
  return dispute.transform(
    (object): Said<"dispute"> => ({
      about: "dispute",
      disputeId: object.id,
      paymentIntent: object.payment_intent ?? null,
      amount: object.amount,
      outcome: outcomeOf(object.status, isClosed),
      inUsd: object.currency,
      claim: object.metadata,
    }),
  );
}

const READERS = {
  "checkout.session.completed": saidOfSession(null),
  "checkout.session.async_payment_succeeded": saidOfSession(null),
  "checkout.session.async_payment_failed": saidOfSession("failed"),
  "checkout.session.expired": saidOfSession("expired"),
  "payment_intent.succeeded": saidOfPayment(true),
  "payment_intent.payment_failed": saidOfPayment(false),
  "charge.refunded": saidOfCharge,
  "refund.created": saidOfRefund,
  "refund.updated": saidOfRefund,
  "refund.failed": saidOfRefund,
  "charge.refund.updated": saidOfRefund,
  "charge.dispute.created": saidOfDispute(false),
  "charge.dispute.closed": saidOfDispute(true),
} as const satisfies Record<BillingEventType, z.ZodType<Said<BillingEvent["about"]>>>;

function isBillingEventType(type: string): type is BillingEventType {
  return Object.hasOwn(READERS, type);
}

/**
 * Reads an event whose signature was verified; null when its type says nothing about a top-up.
 * @throws UnreadableEvent when its object is not of the form that its type promises.
 */
export function readBillingEvent(event: { id: string; type: string; object: unknown }): BillingEvent | null {
  const { id, type } = event;
  if (!isBillingEventType(type)) return null;
  const said = READERS[type].safeParse(event.object);
  if (!said.success) {
    const fields = said.error.issues.map(({ path }) => path.join("."));
    throw new UnreadableEvent(`${type} without a usable ${fields.join(", ")}`);
  }
  return { id, type, ...said.data };
}
