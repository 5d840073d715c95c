import type { z } from "zod";
import { GatewayError } from "@/lib/core/errors";

/** What is wrong with a form or a body: its first sentence for the whole, and one for each field in `metadata.fields`. */
export function fieldErrors(error: z.ZodError): GatewayError {
  const fields: Record<string, string> = {};
  for (const issue of error.issues) {
    const unknown = issue.code === "unrecognized_keys" ? issue.keys : [];
    for (const name of unknown) fields[[...issue.path, name].join(".")] = "There is no such field";
    const field = issue.path.join(".");
    if (unknown.length === 0 && !(field in fields)) fields[field] = issue.message;
  }
  const [first] = error.issues;
  return new GatewayError("invalid_fields", first?.message ?? "The form is not complete", {
    ...(first && first.path.length > 0 ? { param: first.path.join(".") } : {}),
    metadata: { fields },
  });
}
