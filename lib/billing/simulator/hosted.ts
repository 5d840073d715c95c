import type { DeliveryPlan, SimulatedEvent } from "@/lib/billing/simulator/deliver";
import { PLAIN_DELIVERY } from "@/lib/billing/simulator/deliver";
import { formatCents, type Part, page } from "@/lib/billing/simulator/html";
import { listOf, type Of, read, SimulatedRefusal } from "@/lib/billing/simulator/objects";
import {
  closeDispute,
  DECLINED_LAST4,
  expireSession,
  GOOD_LAST4,
  openDispute,
  type Places,
  payForSession,
  refund,
  type Way,
} from "@/lib/billing/simulator/payments";

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
  ],
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

function checkoutPage(session: Of<"checkout.session">, problem?: string): HostedAnswer {
  const facts: [string, string][] = session.lines.map(({ name, amount }) => [name, formatCents(amount)]);
  facts.push(["Total", formatCents(session.amount_total)]);
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
                label: value === "card" ? `Pay ${formatCents(session.amount_total)} by card` : label,
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

const PAGES: Readonly<
  Record<string, (places: Places, id: string, form: URLSearchParams | null) => Promise<HostedAnswer>>
> = { checkout, receipts: receipt, portal };

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
