import { z } from "zod";

/**
 * What keeping an answer to give it again is made of, whatever it is kept for: an `Idempotency-Key` (idempotency.ts) or
 * a project's response cache (response-cache.ts).
 */
export interface KeptAnswer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: Buffer;
}

/** The headers of a kept answer, as its table has them. */
export const KeptHeaders = z.record(z.string(), z.string());
