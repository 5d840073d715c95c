import { z } from "zod";
import type { RequestPage, RequestRow } from "@/lib/usage/requests";

const requestRowSchema = z.object({
  id: z.string(),
  createdAt: z.string(),
  keyId: z.string(),
  keyName: z.string().nullable(),
  environment: z.enum(["live", "test"]),
  endpoint: z.string(),
  requestedModel: z.string(),
  model: z.string().nullable(),
  provider: z.string().nullable(),
  status: z.number(),
  outcome: z.enum(["settled", "released", "refused", "lost"]),
  streamed: z.boolean(),
  cancelled: z.boolean(),
  promptTokens: z.number(),
  completionTokens: z.number(),
  cost: z.string().nullable(),
  charged: z.string(),
  billedTo: z.enum(["credits", "provider_key", "none"]),
  latencyMs: z.number(),
  firstTokenMs: z.number().nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
}) satisfies z.ZodType<RequestRow>;

/** What the live address of the logs page answers with. */
export const requestPageSchema = z.object({
  rows: z.array(requestRowSchema),
  next: z.string().nullable(),
  searchedTo: z.string().nullable(),
}) satisfies z.ZodType<RequestPage>;
