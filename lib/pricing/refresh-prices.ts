import type { Price } from "@/lib/catalog/price";
import { applyPriceOverrides, priceVersion } from "@/lib/catalog/price-overrides";
import { log } from "@/lib/infra/log";
import { type PriceOverrideRow, readChangedOverrides } from "@/lib/pricing/store";

/** How far behind another instance's change a process may be. */
const LOOK_EVERY_MS = 1_000;

let timer: NodeJS.Timeout | undefined;
let failing = false;

function priceOf(row: PriceOverrideRow): Price {
  return {
    input: row.inputPrice,
    output: row.outputPrice,
    ...(row.cachedInputPrice === null ? {} : { cachedInput: row.cachedInputPrice }),
    ...(row.cacheWritePrice === null ? {} : { cacheWrite: row.cacheWritePrice }),
    ...(row.cacheWriteHourPrice === null ? {} : { cacheWriteHour: row.cacheWriteHourPrice }),
    ...(row.requestPrice === null ? {} : { request: row.requestPrice }),
  };
}

/**
 * Puts the operator's prices in force in this process as the database has them. Called after each change by who made it,
 * and every second by every process (`startRefreshingPrices`), so that requests never ask for them.
 *
 * A process that has not noticed a change yet plans with the old prices for at most that second, or for as long as the
 * database is away, when nothing is admitted. That is harmless: a price belongs to a plan. What is held, what is charged
 * and what the receipt says are all the plan's prices, so a request is billed at the price it was planned with, and no
 * meter and no book can disagree over it.
 */
export async function refreshPrices(): Promise<void> {
  const changed = await readChangedOverrides(priceVersion());
  if (changed === null) return;
  // Two reads may overlap: the later version stays.
  applyPriceOverrides(new Map(changed.overrides.map((row) => [row.modelKey, priceOf(row)])), changed.version);
}

async function look(): Promise<void> {
  try {
    await refreshPrices();
    failing = false;
  } catch (error) {
    // Once an outage, not once a second.
    if (!failing) log().warn({ err: error }, "could not look for changed prices");
    failing = true;
  }
}

/** Reads the prices that are in force, and looks every second whether they have changed, also where the first read fails. */
export async function startRefreshingPrices(): Promise<void> {
  timer ??= setInterval(() => void look(), LOOK_EVERY_MS).unref();
  await refreshPrices();
}

export function stopRefreshingPrices(): void {
  clearInterval(timer);
  timer = undefined;
}
