import { z } from "zod";
import type { Prisma } from "@/lib/infra/prisma-client/client";

const METADATA_BYTES_MAX = 16_384;

/** A JSON object of our customer's own. */
export const metadataSchema = z
  .record(z.string(), z.json(), "Metadata is a JSON object")
  .refine(
    (value) => new TextEncoder().encode(JSON.stringify(value)).byteLength <= METADATA_BYTES_MAX,
    "Metadata is at most 16 KiB of JSON",
  )
  // What PostgreSQL's jsonb cannot hold.
  .refine((value) => !/\\u0000|\\ud[89a-f]/i.test(JSON.stringify(value)), "Metadata has no NUL and no lone surrogates")
  .transform((value): Prisma.InputJsonObject => value);

/** The same, written as JSON in a form; an empty text is none. */
export const metadataTextSchema = z
  .string()
  .transform((text, context): unknown => {
    if (text.trim() === "") return {};
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: "custom", message: 'Enter a JSON object, such as {"team": "search"}' });
      return z.NEVER;
    }
  })
  .pipe(metadataSchema);
