import { z } from "zod";
import { timeAnswer, usdAnswer } from "@/lib/edge/management/schemas";
import { keyEnvironments } from "@/lib/keys/schemas";
import type { RequestRow } from "@/lib/usage/requests";

/** One request of the log. */
export const requestAnswer = z
  .object({
    id: z.string(),
    created_at: timeAnswer,
    key_id: z.string(),
    key_name: z.string().nullable(),
    user_id: z.string(),
    environment: z.enum(keyEnvironments),
    endpoint: z.string(),
    requested_model: z.string(),
    model: z.string().nullable(),
    provider: z.string().nullable(),
    status: z.int(),
    outcome: z.enum(["settled", "released", "refused", "lost"]),
    streamed: z.boolean(),
    cancelled: z.boolean(),
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    total_tokens: z.int(),
    cost: usdAnswer.nullable().describe("At list price; null: the model has no price."),
    charged: usdAnswer.describe("Taken from credits."),
    billed_to: z.enum(["credits", "provider_key", "none"]),
    latency_ms: z.int(),
    error_code: z.string().nullable(),
    error_message: z.string().nullable(),
  })
  .meta({ id: "Request" });

export function requestObject(row: RequestRow, userId: string): z.output<typeof requestAnswer> {
  return {
    id: row.id,
    created_at: row.createdAt,
    key_id: row.keyId,
    key_name: row.keyName,
    user_id: userId,
    environment: row.environment,
    endpoint: row.endpoint,
    requested_model: row.requestedModel,
    model: row.model,
    provider: row.provider,
    status: row.status,
    outcome: row.outcome,
    streamed: row.streamed,
    cancelled: row.cancelled,
    prompt_tokens: row.promptTokens,
    completion_tokens: row.completionTokens,
    total_tokens: row.promptTokens + row.completionTokens,
    cost: row.cost,
    charged: row.charged,
    billed_to: row.billedTo,
    latency_ms: row.latencyMs,
    error_code: row.errorCode,
    error_message: row.errorMessage,
  };
}
