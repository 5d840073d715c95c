import { z } from "zod";
import type { Scope } from "@/lib/keys/scopes";

/** A call without a body; an answer without one is 204. */
export const NOTHING = z.undefined();
/** A call without a query. What else stands there is passed over. */
export const NO_QUERY = z.object({});

/** What a description of one call is made of. */
export interface DescribedOperation {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/api/v1/`. */
  path: string;
  summary: string;
  /** What an API key needs. */
  scope: Scope;
  masterOnly: boolean;
  query: z.ZodType;
  body: z.ZodType;
  /** Whether a request without a body means an empty object. */
  bodyOptional: boolean;
  answer: z.ZodType;
  /** Whether the caller may ask for the answer as a stream of events. */
  streams: boolean;
}
