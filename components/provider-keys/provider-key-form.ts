import { z } from "zod";
import { addProviderKeySchema, PRIORITY_MAX } from "@/lib/provider-keys/schemas";

/** What is typed: models one a line, and the order as text. */
export const providerKeyForm = addProviderKeySchema.extend({
  models: z.string().refine((text) => addProviderKeySchema.shape.models.safeParse(modelsIn(text)).success, {
    message: "Enter at most 200 names of models",
  }),
  priority: z
    .string()
    .trim()
    .refine((text) => /^\d{0,4}$/.test(text) && Number(text) <= PRIORITY_MAX, {
      message: `Enter a whole number from 0 to ${PRIORITY_MAX}`,
    }),
});

/** The names in a text: one a line, or with commas between. */
function modelsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((name) => name !== ""))];
}

/** What was typed, as the actions take it. */
export function sentFields({ models, priority, provider: _, ...fields }: z.input<typeof providerKeyForm>) {
  return {
    ...fields,
    models: modelsIn(models),
    ...(priority.trim() === "" ? {} : { priority: Number(priority) }),
  };
}
