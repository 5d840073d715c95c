import type { z } from "zod";
import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";

function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
}

/** What a schema makes of a request's body. @throws GatewayError invalid_body, naming the field. */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = fieldName(issue?.path ?? []);
  throw new GatewayError(
    "invalid_body",
    field === ""
      ? "The request body must be a JSON object."
      : `Invalid '${cleanText(field, 80)}': ${issue?.message ?? "not accepted"}.`,
    {
      ...(field === "" ? {} : { param: cleanText(field, 80) }),
    },
  );
}
