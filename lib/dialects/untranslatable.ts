import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";

const NAME_LENGTH = 80;

/** The 400 for what the model's provider has no word for. */
export class Untranslatable extends GatewayError {
  readonly field: string;
  readonly why: string;

  constructor(field: string, why: string) {
    const name = cleanText(field, NAME_LENGTH);
    super("invalid_body", `'${name}' cannot be translated for this model: ${why}`, { param: name });
    this.field = name;
    this.why = why;
  }
}

/** `Untranslatable`; `field` as in OpenAI's `param`: `messages[0].name`. */
export function untranslatable(field: string, why: string): Untranslatable {
  return new Untranslatable(field, why);
}

/** The 400 for what is wrong in any dialect. */
export function unacceptable(field: string, why: string): GatewayError {
  const name = cleanText(field, NAME_LENGTH);
  return new GatewayError("invalid_body", `Invalid '${name}': ${why}`, { param: name });
}

/**
 * Refuses members that nobody here knows; null is the same as absent.
 * @throws GatewayError invalid_body, naming the first.
 */
export function refuseOthers(value: Readonly<Record<string, unknown>>, path: string, known: ReadonlySet<string>): void {
  for (const [name, member] of Object.entries(value)) {
    if (member === null || member === undefined || known.has(name)) continue;
    throw untranslatable(
      path === "" ? name : `${path}.${name}`,
      "its provider speaks another API without such a field.",
    );
  }
}
