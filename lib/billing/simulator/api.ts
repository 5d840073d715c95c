import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { SimulatedEvent } from "@/lib/billing/simulator/deliver";
import { type Form, parseForm } from "@/lib/billing/simulator/form";
import {
  create,
  listOf,
  newSimulatedId,
  type Of,
  read,
  type SimulatedObjects,
  SimulatedRefusal,
} from "@/lib/billing/simulator/objects";
import {
  cancelPayment,
  confirmPayment,
  expireSession,
  makePaymentBy,
  type Places,
  type Presence,
  refund,
} from "@/lib/billing/simulator/payments";

const SESSION_SECONDS = 86_400;

const members = z.record(z.string(), z.string()).default({});
const cents = z.coerce.number().int().min(50).max(99_999_999);
const list = <Item extends z.ZodType>(item: Item) =>
  z.record(z.string(), item).transform((byIndex): z.output<Item>[] => Object.values(byIndex));

const truth = z.enum(["true", "false"]).transform((text) => text === "true");

const customerInput = z.object({ name: z.string().optional(), email: z.string().optional(), metadata: members });
const setupInput = z.object({
  mode: z.literal("setup"),
  customer: z.string(),
  allowed_payment_method_types: list(z.literal("card")),
  success_url: z.url(),
  cancel_url: z.url().optional(),
});
const paymentSessionInput = z.object({
  mode: z.literal("payment"),
  customer: z.string().optional(),
  client_reference_id: z.string().max(200).optional(),
  metadata: members,
  payment_intent_data: z.object({ metadata: members }).optional(),
  invoice_creation: z.object({ enabled: truth }).optional(),
  line_items: list(
    z.object({
      quantity: z.coerce.number().int().min(1),
      price_data: z.object({
        currency: z.literal("usd"),
        unit_amount: z.coerce.number().int().min(0),
        product_data: z.object({ name: z.string() }),
      }),
    }),
  ),
  success_url: z.url(),
  cancel_url: z.url().optional(),
  expires_at: z.coerce.number().int().optional(),
});
const sessionInput = z.discriminatedUnion("mode", [setupInput, paymentSessionInput]);
const presence = { off_session: truth.optional(), return_url: z.url().optional() };
const paymentInput = z.object({
  amount: cents,
  currency: z.literal("usd"),
  customer: z.string(),
  payment_method: z.string(),
  confirm: truth.default(false),
  metadata: members,
  ...presence,
});
const confirmInput = z.object({ payment_method: z.string().optional(), ...presence });
const refundInput = z
  .object({
    payment_intent: z.string().optional(),
    charge: z.string().optional(),
    amount: z.coerce.number().int().optional(),
  })
  .refine((input) => input.payment_intent !== undefined || input.charge !== undefined, "name a payment or a charge");
const portalInput = z.object({ customer: z.string(), return_url: z.url() });

interface Answer {
  status: number;
  body: object;
  events: SimulatedEvent[];
}

const answer = (body: object, events: SimulatedEvent[] = [], status = 200): Answer => ({ status, body, events });
const listAnswer = (data: object[]): Answer => answer({ object: "list", data, has_more: false });

type Run = (places: Places, form: Form, id: string, query: URLSearchParams) => Promise<Answer>;

function taking<Schema extends z.ZodType>(
  schema: Schema,
  run: (places: Places, input: z.output<Schema>, id: string) => Promise<Answer>,
): Run {
  return async (places, form, id) => {
    const input = schema.safeParse(form);
    if (input.success) return run(places, input.data, id);
    const [issue] = input.error.issues;
    throw new SimulatedRefusal(400, "parameter_invalid", `${issue?.path.join(".")}: ${issue?.message}`);
  };
}

const makeCustomer = taking(customerInput, async ({ objects }, input) => {
  const customer: Of<"customer"> = {
    object: "customer",
    id: newSimulatedId("customer"),
    name: input.name ?? null,
    email: input.email ?? null,
    metadata: input.metadata,
  };
  await create(objects, customer, null);
  return answer(customer);
});

const makeSession = taking(sessionInput, async ({ objects, hostedUrl }, input) => {
  if (input.customer !== undefined) await read(objects, "customer", input.customer);
  const id = newSimulatedId("checkout.session");
  const session: Of<"checkout.session"> = {
    object: "checkout.session",
    id,
    status: "open",
    customer: input.customer ?? null,
    payment_intent: null,
    invoice: null,
    success_url: input.success_url,
    cancel_url: input.cancel_url ?? null,
    url: `${hostedUrl}/checkout/${id}`,
    ...(input.mode === "setup" ? { ...SETUP, expires_at: inADay() } : asPayment(input)),
  };
  await create(objects, session, session.customer);
  return answer(session);
});

const inADay = () => Math.floor(Date.now() / 1000) + SESSION_SECONDS;

const SETUP = {
  mode: "setup" as const,
  payment_status: "no_payment_required" as const,
  amount_total: null,
  currency: null,
  client_reference_id: null,
  metadata: {},
  payment_metadata: {},
  wants_invoice: false,
  lines: [],
} satisfies Partial<Of<"checkout.session">>;

function asPayment(input: z.output<typeof paymentSessionInput>) {
  const lines = input.line_items.map(({ quantity, price_data: { unit_amount, product_data } }) => ({
    name: product_data.name,
    amount: quantity * unit_amount,
  }));
  return {
    mode: "payment",
    payment_status: "unpaid",
    amount_total: lines.reduce((sum, line) => sum + line.amount, 0),
    currency: "usd",
    client_reference_id: input.client_reference_id ?? null,
    metadata: input.metadata,
    payment_metadata: input.payment_intent_data?.metadata ?? {},
    wants_invoice: input.invoice_creation?.enabled ?? false,
    lines,
    expires_at: input.expires_at ?? inADay(),
  } as const;
}

/** A session, its invoice, its payment and the payment's charge in each other's place, where the request asks for that. */
const readSession: Run = async ({ objects }, _form, id, query) => {
  const { data } = await read(objects, "checkout.session", id);
  const wanted = [...query].flatMap(([name, value]) => (name.startsWith("expand") ? [value] : []));
  const withInvoice = data.invoice !== null && wanted.includes("invoice");
  const session = {
    ...data,
    invoice: withInvoice ? (await read(objects, "invoice", data.invoice ?? "")).data : data.invoice,
  };
  if (session.payment_intent === null || !wanted.some((path) => path.startsWith("payment_intent")))
    return answer(session);
  const { data: payment } = await read(objects, "payment_intent", session.payment_intent);
  const charge =
    payment.latest_charge !== null && wanted.includes("payment_intent.latest_charge")
      ? (await read(objects, "charge", payment.latest_charge)).data
      : payment.latest_charge;
  return answer({ ...session, payment_intent: { ...payment, latest_charge: charge } });
};

/** A payment, with its charge in the charge's place where the request asks for that. */
const readPayment: Run = async ({ objects }, _form, id, query) => {
  const { data: payment } = await read(objects, "payment_intent", id);
  const isWanted = [...query].some(([name, value]) => name.startsWith("expand") && value === "latest_charge");
  if (payment.latest_charge === null || !isWanted) return answer(payment);
  return answer({ ...payment, latest_charge: (await read(objects, "charge", payment.latest_charge)).data });
};

const makePayment = taking(paymentInput, async (places, input) => {
  const { payment_method: paymentMethod, customer, amount, currency, metadata } = input;
  const payment = await makePaymentBy(places, { amount, currency, metadata, customer, paymentMethod });
  return input.confirm ? charge(places, payment.id, presenceOf(input)) : answer(payment);
});

const confirmMade = taking(confirmInput, (places, input, id) => charge(places, id, presenceOf(input)));

function presenceOf({ off_session, return_url }: { off_session?: boolean; return_url?: string }): Presence {
  if (off_session) return { offSession: true };
  if (return_url === undefined)
    throw new SimulatedRefusal(400, "parameter_missing", "Name the return_url where the payer comes back to.");
  return { offSession: false, returnUrl: return_url };
}

async function charge(places: Places, id: string, presence: Presence): Promise<Answer> {
  const { payment, events } = await confirmPayment(places, id, presence);
  const error = payment.last_payment_error;
  return error === null
    ? answer(payment, events)
    : answer({ error: { type: "card_error", ...error, payment_intent: payment } }, events, 402);
}

const makeRefund = taking(refundInput, async (places, input) => {
  const byPayment = async (id: string) => {
    const { data } = await read(places.objects, "payment_intent", id);
    if (data.latest_charge === null)
      throw new SimulatedRefusal(400, "charge_missing", `${id} has no successful charge.`);
    return data.latest_charge;
  };
  const made = await refund(places, input.charge ?? (await byPayment(input.payment_intent ?? "")), input.amount);
  return answer(made.refund, made.events);
});

const makePortal = taking(portalInput, async ({ objects, hostedUrl }, input) => {
  await read(objects, "customer", input.customer);
  const id = newSimulatedId("billing_portal.session");
  const portal: Of<"billing_portal.session"> = {
    object: "billing_portal.session",
    id,
    customer: input.customer,
    return_url: input.return_url,
    url: `${hostedUrl}/portal/${id}`,
  };
  await create(objects, portal, input.customer);
  return answer(portal);
});

const reading =
  (kind: "customer" | "charge" | "dispute"): Run =>
  async ({ objects }, _form, id) =>
    answer((await read(objects, kind, id)).data);

const expire: Run = async (places, _form, id) => {
  const { session, events } = await expireSession(places, id);
  return answer(session, events);
};

/** What the simulator can be asked, `:id` standing for an object's. */
const ROUTES: Readonly<Record<string, Run>> = {
  "POST /v1/customers": makeCustomer,
  "GET /v1/customers/:id": reading("customer"),
  "GET /v1/customers/:id/payment_methods": async ({ objects }, _form, id) =>
    listAnswer(await listOf(objects, "payment_method", id)),
  "POST /v1/checkout/sessions": makeSession,
  "GET /v1/checkout/sessions/:id": readSession,
  "POST /v1/checkout/sessions/:id/expire": expire,
  "POST /v1/payment_intents": makePayment,
  "POST /v1/payment_intents/:id/confirm": confirmMade,
  "POST /v1/payment_intents/:id/cancel": async (places, _form, id) => answer(await cancelPayment(places, id)),
  "GET /v1/payment_intents/:id": readPayment,
  "GET /v1/charges/:id": reading("charge"),
  "GET /v1/disputes/:id": reading("dispute"),
  "POST /v1/refunds": makeRefund,
  "POST /v1/billing_portal/sessions": makePortal,
};

const ID = /^[a-z]+(?:_test)?_simulated[0-9a-f]+$/;

function route(method: string, pathname: string): { run: Run; id: string } {
  let id = "";
  const pattern = pathname
    .split("/")
    .map((part) => {
      if (!ID.test(part)) return part;
      id = part;
      return ":id";
    })
    .join("/");
  const run = ROUTES[`${method} ${pattern}`];
  if (!run) throw new SimulatedRefusal(404, "resource_missing", `Unrecognized request URL (${method}: ${pathname}).`);
  return { run, id };
}

function isSame(given: string, secret: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(secret));
}

/** Does what a request asks, once for each idempotency key. https://docs.stripe.com/api/idempotent_requests */
async function once(
  objects: SimulatedObjects,
  key: string | null,
  request: string,
  run: () => Promise<Answer>,
): Promise<{ status: number; text: string; events: SimulatedEvent[] }> {
  const written = ({ status, body, events }: Answer) => ({ status, text: JSON.stringify(body), events });
  if (key === null) return written(await run());
  const id = `answer_${createHash("sha256").update(key).digest("hex")}`;
  const claim: Of<"simulator.answer"> = { object: "simulator.answer", id, request, status: null, body: "" };
  if (!(await objects.save(id, 0, claim, null))) {
    const { data: known } = await read(objects, "simulator.answer", id);
    if (known.request !== request)
      throw new SimulatedRefusal(
        400,
        "idempotency_key_in_use",
        "Keys for idempotent requests can only be used with the same parameters they were first used with.",
        "idempotency_error",
      );
    if (known.status === null)
      throw new SimulatedRefusal(409, "idempotency_key_in_use", "The first request is still running.");
    return { status: known.status, text: known.body, events: [] };
  }
  try {
    const made = written(await run());
    await objects.save(id, 1, { ...claim, status: made.status, body: made.text }, null);
    return made;
  } catch (error) {
    // What was refused before it began may be asked anew.
    await objects.remove(id);
    throw error;
  }
}

/** Answers one request of the SDK's. Never rejects for what the request says. */
export async function answerApi(
  places: Places,
  secretKey: string,
  request: Request,
): Promise<{ response: Response; events: SimulatedEvent[] }> {
  try {
    const authorization = request.headers.get("authorization") ?? "";
    if (!isSame(authorization, `Bearer ${secretKey}`))
      throw new SimulatedRefusal(401, "api_key_invalid", "Invalid API Key provided.");
    const url = new URL(request.url);
    const { run, id } = route(request.method, url.pathname);
    const body = request.method === "POST" ? await request.text() : "";
    const { status, text, events } = await once(
      places.objects,
      request.method === "POST" ? request.headers.get("idempotency-key") : null,
      `${request.method} ${url.pathname} ${body}`,
      () => run(places, parseForm(body), id, url.searchParams),
    );
    return { response: new Response(text, { status, headers: { "content-type": "application/json" } }), events };
  } catch (error) {
    if (!(error instanceof SimulatedRefusal)) throw error;
    const { status, code, type, message, param } = error;
    return { response: Response.json({ error: { type, code, message, param } }, { status }), events: [] };
  }
}
