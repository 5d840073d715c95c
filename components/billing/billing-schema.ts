import { z } from "zod";
import type { BillingView } from "@/lib/billing/billing-view";

/** What the live address of the billing page answers with. */
export const billingSchema = z.object({
  balance: z.string(),
  held: z.string(),
  topUps: z.array(
    z.object({
      id: z.string(),
      amount: z.string(),
      fee: z.string(),
      credits: z.string(),
      status: z.enum(["pending", "paid", "failed", "expired", "refunded", "disputed"]),
      automatic: z.boolean(),
      failure: z.string().nullable(),
      hasReceipt: z.boolean(),
      hasInvoice: z.boolean(),
      createdAt: z.string(),
    }),
  ),
}) satisfies z.ZodType<BillingView>;
