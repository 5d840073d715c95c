import { maxUsd, type Usd, usd, ZERO_USD } from "@/lib/core/money";
import { findCreditsMeter } from "@/lib/ledger/store";

export interface Balance {
  /** Everything bought and granted, less refunds. */
  credited: Usd;
  used: Usd;
  /** Set aside for running requests. */
  held: Usd;
  /** What a new request may still hold; never below zero. */
  available: Usd;
}

/** An organisation's credits as they stand. */
export async function readBalance(organizationId: string): Promise<Balance> {
  const meter = await findCreditsMeter(organizationId);
  const credited = usd(meter?.limit ?? 0n);
  const used = usd(meter?.used ?? 0n);
  const held = usd(meter?.held ?? 0n);
  return { credited, used, held, available: maxUsd(credited - used - held, ZERO_USD) };
}
