import { z } from "zod";
import { TOP_UP_MAX, TOP_UP_MIN } from "@/lib/billing/amounts";
import { parseUsd, type Usd } from "@/lib/core/money";

const CENT_DIGITS = /^\d+(?:\.\d{1,2})?$/;
const AMOUNT_WORDS = "Enter an amount from 5 to 5000 USD, such as 25 or 12.50";

/** A decimal string of USD in whole cents, within what can be bought at once → nano-dollars. */
export const topUpAmountSchema = z
  .string(AMOUNT_WORDS)
  .trim()
  .regex(CENT_DIGITS, AMOUNT_WORDS)
  .transform((text, context): Usd => {
    try {
      const amount = parseUsd(text);
      if (amount >= TOP_UP_MIN && amount <= TOP_UP_MAX) return amount;
    } catch {
      // Said below.
    }
    context.addIssue({ code: "custom", message: AMOUNT_WORDS });
    return z.NEVER;
  });

const projectId = z.string().min(1);

/** What the form that buys credits sends. */
export const createTopUpSchema = z.object({ projectId, amount: topUpAmountSchema });

export const openPortalSchema = z.object({ projectId });
