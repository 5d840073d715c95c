import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { SIMULATED_MARK, type SimulatedObject } from "@/lib/billing/simulator/objects";
import { log } from "@/lib/infra/log";
import { signedHeader } from "@/lib/infra/stripe";

export interface SimulatedEvent {
  type: string;
  object: SimulatedObject;
}

/** How events travel; Stripe promises neither order nor that each comes once. */
export interface DeliveryPlan {
  /** How long after the act, in ms. */
  delayMs: number;
  /** How often each event is sent. */
  copies: number;
  /** The last event first. */
  reversed: boolean;
  /** So many first attempts of each event get lost on the way, and are made again. */
  lost: number;
}

export const PLAIN_DELIVERY: DeliveryPlan = { delayMs: 0, copies: 1, reversed: false, lost: 0 };

const ATTEMPT_TIMEOUT_MS = 15_000;
/** Waits before each further attempt, in ms; after the last the event is given up, as Stripe does after three days. */
const RETRY_WAITS_MS = [200, 1_000, 5_000, 30_000, 120_000];

/**
 * Sends signed webhooks, one after the other, each until it is answered with 2xx. Resolves when all of them are, or were
 * given up; it never rejects.
 */
export async function deliver(
  events: readonly SimulatedEvent[],
  plan: DeliveryPlan,
  { url, secret, apiVersion }: { url: string; secret: string; apiVersion: string },
): Promise<void> {
  const bodies = events.map(({ type, object }) =>
    JSON.stringify({
      id: `evt_${SIMULATED_MARK}${randomBytes(12).toString("hex")}`,
      object: "event",
      api_version: apiVersion,
      created: Math.floor(Date.now() / 1000),
      type,
      livemode: false,
      data: { object },
    }),
  );
  if (plan.reversed) bodies.reverse();
  if (plan.delayMs > 0) await sleep(plan.delayMs, undefined, { ref: false });
  for (const body of bodies) {
    for (let copy = 0; copy < plan.copies; copy += 1) await deliverOne(body, plan.lost, url, secret);
  }
}

async function deliverOne(body: string, lost: number, url: string, secret: string): Promise<void> {
  for (let attempt = 0; attempt <= RETRY_WAITS_MS.length; attempt += 1) {
    if (attempt >= lost && (await isTaken(body, url, secret))) return;
    await sleep(RETRY_WAITS_MS[attempt] ?? 0, undefined, { ref: false });
  }
  log().error("a webhook of the payment simulator was given up");
}

async function isTaken(body: string, url: string, secret: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "stripe-signature": signedHeader(body, secret) },
      body,
      signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch (error) {
    log().warn({ err: error }, "a webhook of the payment simulator did not arrive");
    return false;
  }
}
