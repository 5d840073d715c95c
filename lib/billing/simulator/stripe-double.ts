import { setTimeout as sleep } from "node:timers/promises";
import { answerApi } from "@/lib/billing/simulator/api";
import { type DeliveryPlan, deliver, PLAIN_DELIVERY, type SimulatedEvent } from "@/lib/billing/simulator/deliver";
import { answerHosted } from "@/lib/billing/simulator/hosted";
import type { SimulatedObjects } from "@/lib/billing/simulator/objects";
import { log } from "@/lib/infra/log";
import { STRIPE_API_VERSION } from "@/lib/infra/stripe";

export interface StripeDoubleOptions {
  objects: SimulatedObjects;
  /** What the SDK must present. */
  secretKey: string;
  webhookSecret: string;
  /** Where signed webhooks go. */
  webhookUrl: string;
  /** Where its own pages are, without a slash at the end. */
  hostedUrl: string;
  /** How long a bank takes, in ms. */
  bankDelayMs?: number;
}

/** A Stripe of our own: its API for the SDK, its pages for people, and its webhooks. */
export interface StripeDouble {
  /** Answers a request to `/v1/…`. */
  api(request: Request): Promise<Response>;
  /** Answers a request to a page; `path` is what stands below `hostedUrl`, such as `["checkout", "cs_test_…"]`. */
  hosted(request: Request, path: readonly string[]): Promise<Response>;
  /** How the webhooks of what the API is asked travel from now on. */
  setDelivery(plan: Partial<DeliveryPlan>): void;
  /** Lets the next requests to the API fail with a 500, before they do anything. */
  failNext(requests: number): void;
  /** Resolves when every webhook under way has arrived or was given up, and every bank has paid. */
  quiet(): Promise<void>;
}

const BANK_DELAY_MS = 5_000;

/**
 * One implementation for the product's local checkout and for tests: they differ in where its objects are. Timers are
 * this process's: what was under way when it ends never arrives, as at a Stripe that gives up.
 */
export function makeStripeDouble(options: StripeDoubleOptions): StripeDouble {
  const { objects, hostedUrl, secretKey, bankDelayMs = BANK_DELAY_MS } = options;
  const places = { objects, hostedUrl };
  const target = { url: options.webhookUrl, secret: options.webhookSecret, apiVersion: STRIPE_API_VERSION };
  const underway = new Set<Promise<void>>();
  let apiPlan = PLAIN_DELIVERY;
  let failures = 0;

  const watch = (work: Promise<void>) => {
    underway.add(work);
    void work.finally(() => underway.delete(work));
  };
  const send = (events: readonly SimulatedEvent[], plan: DeliveryPlan) => {
    if (events.length > 0) watch(deliver(events, plan, target));
  };

  return {
    async api(request) {
      if (failures > 0) {
        failures -= 1;
        const error = { type: "api_error", code: "simulated_failure", message: "The simulator was told to fail." };
        return Response.json({ error }, { status: 500, headers: { "stripe-should-retry": "false" } });
      }
      const { response, events } = await answerApi(places, secretKey, request);
      send(events, apiPlan);
      return response;
    },
    async hosted(request, path) {
      const { response, events, plan, later } = await answerHosted(places, request, path);
      send(events, plan);
      if (later) {
        const bank = async () => {
          await sleep(bankDelayMs, undefined, { ref: false });
          await deliver(await later(), plan, target);
        };
        watch(bank().catch((error) => log().error({ err: error }, "a bank of the payment simulator failed")));
      }
      return response;
    },
    setDelivery(plan) {
      apiPlan = { ...PLAIN_DELIVERY, ...plan };
    },
    failNext(requests) {
      failures = requests;
    },
    async quiet() {
      while (underway.size > 0) await Promise.all(underway);
    },
  };
}
