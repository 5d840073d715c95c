import { z } from "zod";
import type { Prisma } from "@/lib/infra/prisma-client/client";

const METADATA_BYTES_MAX = 16_384;
/** Whatever walks through it later (a schema, an audit row, a page) has only so much stack. */
const METADATA_LEVELS_MAX = 32;

function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((part) => isWithin(part, levels - 1));
}

/** A JSON object of our customer's own. */
export const metadataSchema = z
  .record(z.string(), z.unknown(), "Metadata is a JSON object")
  .refine((value) => isWithin(value, METADATA_LEVELS_MAX), {
    message: `Metadata is at most ${METADATA_LEVELS_MAX} levels deep`,
    abort: true,
  })
  .pipe(z.record(z.string(), z.json()))
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
