import { randomBytes } from "node:crypto";
import { z } from "zod";

/*
 * The objects of Stripe that the simulator keeps, in Stripe's own form as far as anyone here reads it. Amounts are cents,
 * times seconds since 1970.
 */

const metadata = z.record(z.string(), z.string()).default({});

export const customerSchema = z.object({
  object: z.literal("customer"),
  id: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  metadata,
});

export const sessionSchema = z.object({
  object: z.literal("checkout.session"),
  id: z.string(),
  /** setup: only keeps a card. */
  mode: z.enum(["payment", "setup"]).default("payment"),
  status: z.enum(["open", "complete", "expired"]),
  payment_status: z.enum(["paid", "unpaid", "no_payment_required"]),
  amount_total: z.int().nullable(),
  currency: z.string().nullable(),
  customer: z.string().nullable(),
  client_reference_id: z.string().nullable(),
  metadata,
  payment_intent: z.string().nullable(),
  /** What the payment will carry; of our own. */
  payment_metadata: metadata,
  lines: z.array(z.object({ name: z.string(), amount: z.int() })),
  /** There is one once it is paid, where it was asked for. */
  invoice: z.string().nullable(),
  wants_invoice: z.boolean().default(false),
  success_url: z.string(),
  cancel_url: z.string().nullable(),
  url: z.string().nullable(),
  expires_at: z.int(),
});

export const paymentIntentSchema = z.object({
  object: z.literal("payment_intent"),
  id: z.string(),
  status: z.enum([
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "processing",
    "succeeded",
    "canceled",
  ]),
  amount: z.int(),
  amount_received: z.int(),
  currency: z.string(),
  customer: z.string().nullable(),
  payment_method: z.string().nullable(),
  latest_charge: z.string().nullable(),
  last_payment_error: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** Where somebody answers the bank. */
  next_action: z
    .object({
      type: z.literal("redirect_to_url"),
      redirect_to_url: z.object({ url: z.string(), return_url: z.string() }),
    })
    .nullable()
    .default(null),
  metadata,
});

export const chargeSchema = z.object({
  object: z.literal("charge"),
  id: z.string(),
  payment_intent: z.string(),
  amount: z.int(),
  amount_refunded: z.int(),
  refunded: z.boolean(),
  disputed: z.boolean(),
  /** Of our own: the dispute, when there is one. */
  dispute: z.string().nullable(),
  currency: z.string(),
  customer: z.string().nullable(),
  receipt_url: z.string(),
  metadata,
  created: z.int(),
});

export const invoiceSchema = z.object({
  object: z.literal("invoice"),
  id: z.string(),
  status: z.literal("paid"),
  customer: z.string().nullable(),
  charge: z.string(),
  total: z.int(),
  lines: z.array(z.object({ name: z.string(), amount: z.int() })),
  hosted_invoice_url: z.string(),
  invoice_pdf: z.string(),
  created: z.int(),
});

export const disputeSchema = z.object({
  object: z.literal("dispute"),
  id: z.string(),
  charge: z.string(),
  payment_intent: z.string(),
  amount: z.int(),
  currency: z.string(),
  status: z.enum(["needs_response", "warning_needs_response", "won", "lost", "warning_closed"]),
  metadata,
});

export const paymentMethodSchema = z.object({
  object: z.literal("payment_method"),
  id: z.string(),
  type: z.literal("card"),
  customer: z.string().nullable(),
  card: z.object({ brand: z.string(), last4: z.string() }),
});

export const refundSchema = z.object({
  object: z.literal("refund"),
  id: z.string(),
  charge: z.string(),
  payment_intent: z.string(),
  amount: z.int(),
  currency: z.string(),
  status: z.enum(["succeeded", "failed"]),
  metadata,
});

export const portalSchema = z.object({
  object: z.literal("billing_portal.session"),
  id: z.string(),
  customer: z.string(),
  return_url: z.string(),
  url: z.string(),
});

/** What an idempotency key was answered with; `status` is null while the first request runs. */
export const answerSchema = z.object({
  object: z.literal("simulator.answer"),
  id: z.string(),
  request: z.string(),
  status: z.int().nullable(),
  body: z.string(),
});

const objectSchema = z.discriminatedUnion("object", [
  customerSchema,
  sessionSchema,
  paymentIntentSchema,
  chargeSchema,
  invoiceSchema,
  disputeSchema,
  paymentMethodSchema,
  refundSchema,
  portalSchema,
  answerSchema,
]);

export type SimulatedObject = z.infer<typeof objectSchema>;
export type Kind = SimulatedObject["object"];
export type Of<K extends Kind> = Extract<SimulatedObject, { object: K }>;

/** Where the simulator's objects are. */
export interface SimulatedObjects {
  find(id: string): Promise<{ version: number; data: unknown } | null>;
  /** Writes an object over the version that was read, 0 for a new one; false when somebody else wrote it since. */
  save(id: string, version: number, data: SimulatedObject, parent: string | null): Promise<boolean>;
  /** Everything that belongs to a customer, newest first. */
  listOf(parent: string): Promise<unknown[]>;
  remove(id: string): Promise<void>;
}

/** An answer of Stripe's that says no; `code` and message are in its form. */
export class SimulatedRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly type: "invalid_request_error" | "idempotency_error" = "invalid_request_error",
    /** The parameter at fault. */
    readonly param?: string,
  ) {
    super(message);
  }
}

const PREFIXES = {
  customer: "cus",
  "checkout.session": "cs_test",
  payment_intent: "pi",
  charge: "ch",
  invoice: "in",
  dispute: "du",
  payment_method: "pm",
  refund: "re",
  "billing_portal.session": "bps",
} as const satisfies Partial<Record<Kind, string>>;

/** In every id, so that nobody takes a simulated object for a real one. */
export const SIMULATED_MARK = "simulated";

export function newSimulatedId(kind: keyof typeof PREFIXES): string {
  return `${PREFIXES[kind]}_${SIMULATED_MARK}${randomBytes(12).toString("hex")}`;
}

/** An object with the version to write over. @throws SimulatedRefusal resource_missing. */
export async function read<K extends Kind>(
  objects: SimulatedObjects,
  kind: K,
  id: string,
): Promise<{ version: number; data: Of<K> }> {
  const found = await objects.find(id);
  const parsed = objectSchema.safeParse(found?.data);
  if (!found || !parsed.success || !isOf(parsed.data, kind))
    throw new SimulatedRefusal(404, "resource_missing", `No such ${kind}: '${id}'`, "invalid_request_error", kind);
  return { version: found.version, data: parsed.data };
}

function isOf<K extends Kind>(object: SimulatedObject, kind: K): object is Of<K> {
  return object.object === kind;
}

/** Of what belongs to a customer, the objects of one kind. */
export async function listOf<K extends Kind>(objects: SimulatedObjects, kind: K, parent: string): Promise<Of<K>[]> {
  return (await objects.listOf(parent)).flatMap((data) => {
    const parsed = objectSchema.safeParse(data);
    return parsed.success && isOf(parsed.data, kind) ? [parsed.data] : [];
  });
}

/** Writes a new object. */
export async function create(objects: SimulatedObjects, data: SimulatedObject, parent: string | null): Promise<void> {
  if (!(await objects.save(data.id, 0, data, parent))) throw new Error(`${data.id} is there already`);
}
