import { z } from "zod";
import type { AutoTopUpView } from "@/lib/billing/auto-top-up-view";
import type { SavedCard } from "@/lib/billing/saved-cards";

/** What the live address of automatic top-ups answers with. */
export const autoTopUpSchema = z.object({
  state: z.enum(["off", "on", "charging", "confirm", "retrying", "ceiling", "stopped"]),
  threshold: z.string().nullable(),
  amount: z.string().nullable(),
  monthlyCeiling: z.string().nullable(),
  paymentMethod: z.string().nullable(),
  chargedThisMonth: z.string(),
  reason: z.string().nullable(),
  nextAttemptAt: z.string().nullable(),
  confirm: z.object({ topUpId: z.string(), cost: z.string(), by: z.string() }).nullable(),
}) satisfies z.ZodType<AutoTopUpView>;

/** What the live address of saved cards answers with. */
export const savedCardsSchema = z.array(z.object({ id: z.string(), label: z.string() })) satisfies z.ZodType<
  SavedCard[]
>;
