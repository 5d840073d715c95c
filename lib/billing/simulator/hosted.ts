import type { DeliveryPlan, SimulatedEvent } from "@/lib/billing/simulator/deliver";
import { PLAIN_DELIVERY } from "@/lib/billing/simulator/deliver";
import { formatCents, type Part, page } from "@/lib/billing/simulator/html";
import { listOf, type Of, read, SimulatedRefusal } from "@/lib/billing/simulator/objects";
import {
  ASKING_LAST4,
  answerBank,
  closeDispute,
  completeSetup,
  DECLINED_LAST4,
  expireSession,
  failRefund,
  GOOD_LAST4,
  openDispute,
  type Places,
  payForSession,
  refund,
  type Way,
} from "@/lib/billing/simulator/payments";
import { pdfOf } from "@/lib/billing/simulator/pdf";

/** What a click on a page of the simulator's leads to. */
export interface HostedAnswer {
  response: Response;
  events: SimulatedEvent[];
  plan: DeliveryPlan;
  later: (() => Promise<SimulatedEvent[]>) | null;
}

const WAYS: Readonly<Record<Way, string>> = {
  card: "Pay by card",
  declined: "Use a card that is declined",
  bank: "Pay by bank, the money comes later",
  bank_fails: "Pay by bank, which returns it",
};

/** How the webhooks of a click travel. */
const PLANS: Readonly<Record<string, { label: string; plan: DeliveryPlan }>> = {
  plain: { label: "at once", plan: PLAIN_DELIVERY },
  late: { label: "after five seconds", plan: { ...PLAIN_DELIVERY, delayMs: 5_000 } },
  twice: { label: "each of them twice", plan: { ...PLAIN_DELIVERY, copies: 2 } },
  reversed: { label: "in reverse order", plan: { ...PLAIN_DELIVERY, reversed: true } },
  lost: { label: "only at the second attempt", plan: { ...PLAIN_DELIVERY, lost: 1 } },
};

/** What becomes of the card that is paid with. */
const KEEP: Part[number] = {
  label: "Keep the card for later",
  name: "keep",
  options: [
    { value: "", label: "no" },
    { value: GOOD_LAST4, label: "yes" },
    { value: DECLINED_LAST4, label: "yes, and decline it when it is charged later" },
    { value: ASKING_LAST4, label: "yes, and its bank asks when it is charged later" },
  ],
};

/** The cards that can be kept without a payment. */
const CARDS: Readonly<Record<string, string>> = {
  [GOOD_LAST4]: "Keep a card that is good",
  [DECLINED_LAST4]: "Keep a card that is declined later",
  [ASKING_LAST4]: "Keep a card whose bank asks later",
};

function isWay(value: string): value is Way {
  return Object.hasOwn(WAYS, value);
}

function only(response: Response): HostedAnswer {
  return { response, events: [], plan: PLAIN_DELIVERY, later: null };
}

function redirect(location: string, events: SimulatedEvent[] = [], plan = PLAIN_DELIVERY): HostedAnswer {
  const response = new Response(null, { status: 303, headers: { location, "cache-control": "no-store" } });
  return { response, events, plan, later: null };
}

const planChoice = (): Part => [
  {
    label: "Webhooks arrive",
    name: "delivery",
    options: Object.entries(PLANS).map(([value, { label }]) => ({ value, label })),
  },
];

function setupPage({ status, cancel_url }: Of<"checkout.session">): HostedAnswer {
  const isOpen = status === "open";
  const buttons = Object.entries(CARDS).map(([value, label]) => ({ name: "card", value, label }));
  return only(
    page({
      title: "Add a card",
      facts: [],
      words: [isOpen ? "It may be charged later, while you are not there." : `This checkout is ${status}.`],
      forms: isOpen ? [{ choices: [], buttons }] : [],
      links: cancel_url === null ? [] : [{ href: cancel_url, label: "Back without adding one" }],
    }),
  );
}

async function setUp(places: Places, session: Of<"checkout.session">, form: URLSearchParams): Promise<HostedAnswer> {
  if (session.status === "complete") return redirect(session.success_url);
  const card = form.get("card") ?? "";
  if (!Object.hasOwn(CARDS, card)) throw new SimulatedRefusal(400, "parameter_invalid", "There is no such card.");
  return redirect(session.success_url, (await completeSetup(places, session.id, card)).events);
}

/** Where a bank asks the payer. */
async function bank(places: Places, id: string, form: URLSearchParams | null): Promise<HostedAnswer> {
  const { data: payment } = await read(places.objects, "payment_intent", id);
  const back = payment.next_action?.redirect_to_url.return_url;
  if (form !== null && back !== undefined) {
    const { events } = await answerBank(places, id, form.get("answer") === "yes");
    return redirect(back, events);
  }
  const isAsking = payment.status === "requires_action";
  return only(
    page({
      title: "Your bank asks",
      facts: [["Amount", formatCents(payment.amount)]],
      words: isAsking ? ["Is this payment yours?"] : ["There is nothing to answer any more."],
      forms: isAsking
        ? [
            {
              choices: [],
              buttons: [
                { name: "answer", value: "yes", label: "Yes, pay" },
                { name: "answer", value: "no", label: "No" },
              ],
            },
          ]
        : [],
      links: [],
    }),
  );
}

function checkoutPage(session: Of<"checkout.session">, problem?: string): HostedAnswer {
  const total = formatCents(session.amount_total ?? 0);
  const facts: [string, string][] = session.lines.map(({ name, amount }) => [name, formatCents(amount)]);
  facts.push(["Total", total]);
  const isOpen = session.status === "open";
  return only(
    page({
      title: "Checkout",
      problem,
      facts,
      words: isOpen ? [] : [`This checkout is ${session.status}.`],
      forms: isOpen
        ? [
            {
              choices: [...planChoice(), KEEP],
              buttons: Object.entries(WAYS).map(([value, label]) => ({
                name: "way",
                value,
                label: value === "card" ? `Pay ${total} by card` : label,
              })),
            },
            { choices: [], buttons: [{ name: "way", value: "expire", label: "Let the checkout expire" }] },
          ]
        : [],
      links: session.cancel_url === null ? [] : [{ href: session.cancel_url, label: "Back without paying" }],
    }),
  );
}

async function checkout(places: Places, id: string, form: URLSearchParams | null): Promise<HostedAnswer> {
  const { data: session } = await read(places.objects, "checkout.session", id);
  if (session.mode === "setup") return form === null ? setupPage(session) : setUp(places, session, form);
  if (form === null) return checkoutPage(session);
  const plan = PLANS[form.get("delivery") ?? ""]?.plan ?? PLAIN_DELIVERY;
  const way = form.get("way") ?? "";
  // Whoever clicks twice comes back as if they had clicked once.
  if (session.status === "complete") return redirect(session.success_url);
  if (way === "expire") {
    const { session: expired, events } = await expireSession(places, id);
    return { ...checkoutPage(expired), events };
  }
  if (!isWay(way)) throw new SimulatedRefusal(400, "parameter_invalid", "There is no such way to pay.");
  const paid = await payForSession(places, id, way, form.get("keep") || null);
  if (way === "declined")
    return { ...checkoutPage(paid.session, "Your card was declined."), events: paid.events, plan };
  return { ...redirect(session.success_url, paid.events, plan), later: paid.later };
}

async function receipt(places: Places, id: string, form: URLSearchParams | null): Promise<HostedAnswer> {
  const { data: charge } = await read(places.objects, "charge", id);
  if (form !== null) {
    const plan = PLANS[form.get("delivery") ?? ""]?.plan ?? PLAIN_DELIVERY;
    return redirect(charge.receipt_url, await actOn(places, charge, form), plan);
  }
  const dispute = charge.dispute === null ? null : (await read(places.objects, "dispute", charge.dispute)).data;
  const facts: [string, string][] = [
    ["Paid", formatCents(charge.amount)],
    ["On", new Date(charge.created * 1000).toISOString().slice(0, 10)],
    ["Number", charge.id],
  ];
  if (charge.amount_refunded > 0) facts.push(["Refunded", formatCents(charge.amount_refunded)]);
  if (dispute) facts.push(["Dispute", dispute.status.replaceAll("_", " ")]);
  const acts = [
    ...(charge.amount_refunded === 0 ? [{ name: "act", value: "refund_half", label: "Refund half" }] : []),
    ...(charge.refunded ? [] : [{ name: "act", value: "refund", label: "Refund what is left" }]),
    ...(charge.amount_refunded > 0
      ? [{ name: "act", value: "refund_fails", label: "Let the last refund fail at the bank" }]
      : []),
    ...(dispute || charge.refunded ? [] : [{ name: "act", value: "dispute", label: "Dispute the payment" }]),
    ...(dispute?.status === "needs_response"
      ? [
          { name: "act", value: "won", label: "Close the dispute: won" },
          { name: "act", value: "lost", label: "Close the dispute: lost" },
        ]
      : []),
  ];
  return only(
    page({
      title: "Receipt",
      facts,
      words: ["What a merchant or a bank would do can be tried here."],
      forms: acts.length > 0 ? [{ choices: planChoice(), buttons: acts }] : [],
      links: [],
    }),
  );
}

async function actOn(places: Places, charge: Of<"charge">, form: URLSearchParams): Promise<SimulatedEvent[]> {
  const act = form.get("act");
  switch (act) {
    case "refund":
      return (await refund(places, charge.id, undefined)).events;
    case "refund_half":
      return (await refund(places, charge.id, Math.floor(charge.amount / 2))).events;
    case "refund_fails":
      return failRefund(places, charge.id);
    case "dispute":
      return openDispute(places, charge.id);
    case "won":
    case "lost":
      return closeDispute(places, charge.dispute ?? "", act);
    default:
      throw new SimulatedRefusal(400, "parameter_invalid", "There is no such act.");
  }
}

async function portal(places: Places, id: string, form: URLSearchParams | null): Promise<HostedAnswer> {
  const { data: session } = await read(places.objects, "billing_portal.session", id);
  const cards = await listOf(places.objects, "payment_method", session.customer);
  const removed = form?.get("remove");
  if (removed && cards.some((card) => card.id === removed)) await places.objects.remove(removed);
  if (form !== null) return redirect(session.url);
  const charges = await listOf(places.objects, "charge", session.customer);
  return only(
    page({
      title: "Cards and invoices",
      facts: [],
      words: cards.length === 0 ? ["No card is kept."] : [],
      forms: cards.map(({ id: value, card }) => ({
        choices: [],
        buttons: [{ name: "remove", value, label: `Remove ${card.brand} ending in ${card.last4}` }],
      })),
      links: [
        ...charges.map((charge) => ({
          href: charge.receipt_url,
          label: `Receipt over ${formatCents(charge.amount)} of ${new Date(charge.created * 1000).toISOString().slice(0, 10)}`,
        })),
        { href: session.return_url, label: "Back to Turnpike" },
      ],
    }),
  );
}

/** An invoice to keep, as a file. */
async function invoice(places: Places, id: string): Promise<HostedAnswer> {
  const { data } = await read(places.objects, "invoice", id);
  const day = new Date(data.created * 1000).toISOString().slice(0, 10);
  const text = pdfOf([
    "Invoice (simulated: no money moved)",
    `Number ${data.id}`,
    `Paid on ${day}`,
    "",
    ...data.lines.map(({ name, amount }) => `${name}: ${formatCents(amount)}`),
    `Total: ${formatCents(data.total)}`,
  ]);
  const headers = {
    "content-type": "application/pdf",
    "content-disposition": `attachment; filename="invoice-${day}.pdf"`,
    "cache-control": "no-store",
  };
  return only(new Response(text, { headers }));
}

const PAGES: Readonly<
  Record<string, (places: Places, id: string, form: URLSearchParams | null) => Promise<HostedAnswer>>
> = { checkout, receipts: receipt, invoices: invoice, portal, bank };

/** Answers one request for a page, `/<page>/<id>` below the simulator's address. Never rejects for what it says. */
export async function answerHosted(places: Places, request: Request, path: readonly string[]): Promise<HostedAnswer> {
  const [name = "", id = "", ...rest] = path;
  try {
    const show = Object.hasOwn(PAGES, name) ? PAGES[name] : undefined;
    if (!show || rest.length > 0)
      throw new SimulatedRefusal(404, "resource_missing", "There is nothing at this address.");
    const form = request.method === "POST" ? new URLSearchParams(await request.text()) : null;
    return await show(places, id, form);
  } catch (error) {
    if (!(error instanceof SimulatedRefusal)) throw error;
    return only(page({ title: error.message, status: error.status, facts: [], words: [], forms: [], links: [] }));
  }
}
