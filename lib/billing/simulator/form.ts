export interface Form {
  [name: string]: string | Form;
}

/**
 * A form as Stripe's SDK writes it, `line_items[0][price_data][currency]=usd`, as nested objects; lists have their indices
 * as names. What stands twice is the last; names that are no plain members (`__proto__`) are left out.
 */
export function parseForm(body: string): Form {
  const root: Form = Object.create(null);
  for (const [name, value] of new URLSearchParams(body)) {
    const path = name.replaceAll("]", "").split("[");
    if (path.some((part) => part === "" || part === "__proto__")) continue;
    let at = root;
    for (const part of path.slice(0, -1)) {
      const next = at[part];
      const child: Form = typeof next === "object" ? next : Object.create(null);
      at[part] = child;
      at = child;
    }
    at[path.at(-1) ?? ""] = value;
  }
  return root;
}
