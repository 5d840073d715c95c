import type { Offer } from "@/lib/catalog/models";
import { perMillion } from "@/lib/catalog/price";
import { formatUsd } from "@/lib/core/money";
import { storedPricing } from "@/lib/iam/rules/values";

const ONLY = { free: "Only free models are allowed", paid: "Only paid models are allowed" } as const;

/** The dearest that a million tokens cost there: in the tier of the longest prompts, so that a cap holds for every prompt. */
function dearest({ price }: Offer, kind: "input" | "output"): bigint {
  return [price, ...(price.tiers ?? [])].reduce((most, rates) => (rates[kind] > most ? rates[kind] : most), 0n);
}

/** Whether nothing is asked, neither for tokens nor for the request. */
function isFree(offer: Offer): boolean {
  return dearest(offer, "input") === 0n && dearest(offer, "output") === 0n && (offer.price.request ?? 0n) === 0n;
}

function isWanted(offer: Offer, wanted: keyof typeof ONLY): boolean {
  // What has no known price may be either, so it is not the one that is wanted.
  return offer.unpriced !== true && isFree(offer) === (wanted === "free");
}

function overCap(offer: Offer, kind: "input" | "output", cap: number | undefined): string | null {
  if (cap === undefined) return null;
  const most = perMillion(cap.toFixed(9));
  const price = dearest(offer, kind);
  if (offer.unpriced !== true && price <= most) return null;
  const asked = offer.unpriced ? "unknown" : formatUsd(price);
  return `Model ${kind} price exceeds maximum allowed (${asked} > ${formatUsd(most)})`;
}

/**
 * What of an offer's price is against a rule, in words; null where nothing is. `wants` says whether the rule names the type
 * of price that it wants, or the one that it does not. Caps are maxima in both.
 */
export function priceObjections(value: unknown, wants: boolean): (offer: Offer) => string | null {
  const { pricing_type: named, max_input_price: input, max_output_price: output } = storedPricing.parse(value);
  const wanted = named === undefined || wants ? named : named === "free" ? "paid" : "free";
  return (offer) =>
    (wanted === undefined || isWanted(offer, wanted) ? null : ONLY[wanted]) ??
    overCap(offer, "input", input) ??
    overCap(offer, "output", output);
}
