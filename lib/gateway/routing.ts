import { z } from "zod";
import { perMillion } from "@/lib/catalog/price";
import { checked } from "@/lib/core/checked";
import { dropJsonMembers } from "@/lib/core/json-members";

/** The name that leaves the choice of a model to the gateway. */
export const AUTO = "auto";

/** How a request may be served, as far as its caller has a say in it. */
export interface Routing {
  /** The models to try, in order, as the caller wrote them; `AUTO` may be among them. */
  models: readonly [string, ...string[]];
  /** Whether answers are to say which model served: the caller named more than one, or none. */
  namesServed: boolean;
  preferences: ProviderPreferences | null;
  /** The whole body as it came, with the members that say this. */
  sent: string;
}

/** The member `provider` of a request, in OpenRouter's form (openrouter.ai/docs/features/provider-routing). */
export interface ProviderPreferences {
  /** Providers to try first, in this order. */
  order: readonly string[] | null;
  only: readonly string[] | null;
  ignore: readonly string[];
  allowFallbacks: boolean;
  sort: "price" | "latency" | "throughput" | null;
  /** Nano-dollars per million tokens; `request` in nano-dollars. */
  maxPrice: { prompt: bigint | null; completion: bigint | null; request: bigint | null };
}

/** A body as it came: its text, its size, and what it says. */
export interface JsonBody {
  text: string;
  bytes: number;
  value: unknown;
}

/** What a routing says, as one text; empty where there is none. Two that say the same have the same text. */
export function routingText(routing: Routing | null): string {
  return routing === null
    ? ""
    : JSON.stringify({ ...routing, sent: undefined }, (_, value: unknown) =>
        typeof value === "bigint" ? `${value}` : value,
      );
}

const MOST_MODELS = 10;
const LONGEST_NAME = 200;
const MOST_PROVIDERS = 100;
/** Beyond what any model costs, and still exact as text. */
const DEAREST_USD = 1_000_000;

/** The members that are ours alone: no provider gets to see them. */
const MEMBERS = ["models", "provider"] as const;

const Name = z.string().min(1).max(LONGEST_NAME);
const ProviderNames = z.array(Name.transform((name) => name.toLowerCase())).max(MOST_PROVIDERS);

/** USD, as a number or a decimal text. What is finer than a nano-dollar is cut. */
const Limit = z
  .union([z.number().min(0).max(DEAREST_USD), z.string().regex(/^\d{1,6}(?:\.\d{1,9})?$/, "expected USD as a decimal")])
  .transform((value) => perMillion(typeof value === "number" ? value.toFixed(9) : value));

/**
 * Strict: a wish that is not known here is refused, since serving without it could send a prompt where its caller does
 * not want it. Of OpenRouter's other members, the values that wish for nothing are taken.
 */
const Preferences = z.strictObject({
  order: ProviderNames.nullish(),
  only: ProviderNames.nullish(),
  ignore: ProviderNames.nullish(),
  allow_fallbacks: z.boolean().nullish(),
  sort: z.enum(["price", "latency", "throughput"]).nullish(),
  max_price: z
    .strictObject({ prompt: Limit.nullish(), completion: Limit.nullish(), request: Limit.nullish() })
    .nullish(),
  data_collection: z.literal("allow").nullish(),
  require_parameters: z.literal(false).nullish(),
  zdr: z.literal(false).nullish(),
});

const Members = z.object({
  model: Name.nullish(),
  models: z.array(Name).min(1).max(MOST_MODELS).nullish(),
  provider: Preferences.nullish(),
});

/** An empty list says nothing, as it does at OpenRouter. */
function named(names: readonly string[] | null | undefined): readonly string[] | null {
  return names && names.length > 0 ? names : null;
}

function preferencesOf(said: z.infer<typeof Preferences>): ProviderPreferences {
  return {
    order: named(said.order),
    only: named(said.only),
    ignore: said.ignore ?? [],
    allowFallbacks: said.allow_fallbacks ?? true,
    sort: said.sort ?? null,
    maxPrice: {
      prompt: said.max_price?.prompt ?? null,
      completion: said.max_price?.completion ?? null,
      request: said.max_price?.request ?? null,
    },
  };
}

/**
 * Takes `models` and `provider` out of a body, with what they and the name `auto` say. The body that is left names the
 * first model, and is the one that came where there was nothing to take.
 * @throws GatewayError invalid_body, naming the field.
 */
export function takeRouting(json: JsonBody): { json: JsonBody; routing: Routing | null } {
  const { value } = json;
  if (typeof value !== "object" || value === null) return { json, routing: null };
  const hasMembers = "models" in value || "provider" in value;
  if (!hasMembers && !("model" in value && value.model === AUTO)) return { json, routing: null };
  const { model, models, provider } = checked(Members, value);
  const all = [...new Set([...(model ? [model] : []), ...(models ?? [])])];
  const [first, ...rest] = all;
  // The endpoint's own schema says that there is no model.
  const left: Record<string, unknown> = { ...value, ...(first === undefined ? {} : { model: first }) };
  for (const member of MEMBERS) delete left[member];
  const text = hasMembers ? dropJsonMembers(json.text, MEMBERS) : json.text;
  const taken = { ...json, text, value: left };
  if (first === undefined) return { json: taken, routing: null };
  return {
    json: taken,
    routing: {
      models: [first, ...rest],
      namesServed: Boolean(models) || first === AUTO,
      preferences: provider ? preferencesOf(provider) : null,
      sent: json.text,
    },
  };
}
