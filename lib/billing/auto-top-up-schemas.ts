import { z } from "zod";
import { TOP_UP_MAX } from "@/lib/billing/amounts";
import { topUpAmountSchema } from "@/lib/billing/schemas";
import { parseUsd, type Usd } from "@/lib/core/money";

export const THRESHOLD_MIN = parseUsd("1");
export const MONTHLY_CEILING_MAX = parseUsd("100000");

/** A decimal string of USD in whole cents, from `min` to `max` → nano-dollars. */
function wholeCents(min: Usd, max: Usd, words: string) {
  return z
    .string(words)
    .trim()
    .regex(/^\d{1,9}(?:\.\d{1,2})?$/, words)
    .transform((text, context): Usd => {
      const amount = parseUsd(text);
      if (amount >= min && amount <= max) return amount;
      context.addIssue({ code: "custom", message: words });
      return z.NEVER;
    });
}

const projectId = z.string().min(1);

/** What the form of automatic top-ups sends. */
export const setAutoTopUpSchema = z.object({
  projectId,
  threshold: wholeCents(THRESHOLD_MIN, TOP_UP_MAX, "Enter a balance from 1 to 5000 USD, such as 10"),
  amount: topUpAmountSchema,
  monthlyCeiling: wholeCents(THRESHOLD_MIN, MONTHLY_CEILING_MAX, "Enter an amount up to 100000 USD, such as 200"),
  paymentMethod: z.string("Choose a card").min(1, "Choose a card").max(255, "Choose a card"),
});

export const turnOffAutoTopUpSchema = z.object({ projectId });

export const addCardSchema = z.object({ projectId });

export const confirmTopUpSchema = z.object({ projectId, topUpId: z.string().min(1).max(64) });
