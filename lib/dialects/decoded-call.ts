import type { JSONSchema7, LanguageModelV3CallOptions, SharedV3ProviderOptions } from "@ai-sdk/provider";
import { z } from "zod";
import { isRecord } from "@/lib/core/is-record";

/** How much the caller wants the model to think; the AI SDK's call options have no word for it. */
export type Reasoning =
  | { kind: "off" }
  | { kind: "effort"; effort: Effort }
  /** At most so many tokens; null: as many as the model finds right. */
  | { kind: "budget"; tokens: number | null };

export const EFFORTS = ["minimal", "low", "medium", "high", "xhigh", "max"] as const;
export type Effort = (typeof EFFORTS)[number];

/** A request of either dialect, in the words of the AI SDK's provider interface. */
export interface DecodedCall {
  options: LanguageModelV3CallOptions;
  streamed: boolean;
  /** Whether a stream ends with its usage; Anthropic's always does. */
  wantsUsage: boolean;
  /** null: the caller said nothing. */
  reasoning: Reasoning | null;
  /** What the answer says again of the request, in the Responses API; left out in dialects that repeat nothing. */
  repeated?: Readonly<Record<string, unknown>>;
}

export const CacheControl = z.looseObject({
  type: z.literal("ephemeral"),
  ttl: z.enum(["5m", "1h"]).nullish(),
});

/** A cache mark where the AI SDK looks for it. Dialects without marks lose nothing but the discount. */
export function cacheMark(mark: z.infer<typeof CacheControl> | null | undefined): {
  providerOptions?: SharedV3ProviderOptions;
} {
  if (!mark) return {};
  return {
    providerOptions: { anthropic: { cacheControl: { type: "ephemeral", ...(mark.ttl ? { ttl: mark.ttl } : {}) } } },
  };
}

/** A JSON schema is checked by who uses it. */
export const JsonSchema = z.custom<JSONSchema7>(isRecord, "must be a JSON schema");

/** Content as a list of parts: a string is one part of text. */
export function partsOf<Part extends z.ZodType>(part: Part) {
  return z.preprocess(
    (content) => (typeof content === "string" ? [{ type: "text", text: content }] : content),
    z.array(part),
  );
}

/** An address that a provider can fetch from; null for anything else. */
export function webUrl(text: string): URL | null {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
  return new URL(text);
}
