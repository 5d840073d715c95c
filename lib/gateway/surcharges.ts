import type { Model } from "@/lib/catalog/models";
import type { Price } from "@/lib/catalog/price";
import { GatewayError } from "@/lib/core/errors";
import { isRecord } from "@/lib/core/is-record";
import { modalitiesIn } from "@/lib/gateway/modalities";

/** As much of an attempt as tells what it is paid with. */
interface Way {
  model: Pick<Model, "modalities">;
  contextWindow: number;
  price: Price;
  billedTo: "credits" | "provider_key" | "none";
}

/** As much of a request as tells what it asks for. */
interface Asked {
  body: unknown;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  textOnly: boolean;
}

/** Something in a request for which a provider charges more than its tokens at list price. */
interface Surcharge {
  field: string;
  /** Whether this way's price has it in it. */
  isPriced: (way: Way) => boolean;
}

const never = () => false;
const isSaid = (value: unknown) => value !== null && value !== undefined && value !== false;
const isFull = (value: unknown) => (Array.isArray(value) ? value.length > 0 : isSaid(value));

/** Tiers at the list price or below it; `flex` costs what the standard tier does here. */
const STANDARD_TIERS: ReadonlySet<unknown> = new Set([
  "auto",
  "default",
  "standard",
  "standard_only",
  "on_demand",
  "flex",
]);

/** Tools that the caller runs itself: OpenAI's functions, and Anthropic's that only describe themselves. */
const CLIENT_TOOLS = /^(?:function|custom|(?:bash|text_editor|computer|memory)_\d+)$/;

function hasServerTool(tools: unknown): boolean {
  return Array.isArray(tools) && tools.some((tool) => isRecord(tool) && isSaid(tool.type) && !isClientTool(tool.type));
}

function isClientTool(type: unknown): boolean {
  return typeof type === "string" && CLIENT_TOOLS.test(type);
}

/** Clearing takes from the prompt; compacting reads it twice and writes beside the answer. */
function compacts(value: unknown): boolean {
  const edits = isRecord(value) ? value.edits : null;
  return (
    Array.isArray(edits) &&
    !edits.every((edit) => isRecord(edit) && typeof edit.type === "string" && edit.type.startsWith("clear_"))
  );
}

interface Charged {
  /** Whether this value asks for it. */
  asks: (value: unknown) => boolean;
  isPriced?: Surcharge["isPriced"];
}

/**
 * Members of a body that make a request cost more than its tokens do, or more tokens than its bounds allow:
 * developers.openai.com/api/docs/pricing (tiers, audio, searches; rejected predictions are billed as completion),
 * platform.claude.com/docs/en/about-claude/pricing (fast mode, data residency, server tools, containers),
 * platform.claude.com/docs/en/build-with-claude/compaction, openrouter.ai/docs/guides/features/plugins,
 * docs.x.ai/docs/guides/live-search, console.groq.com/docs/compound, docs.perplexity.ai/getting-started/pricing.
 */
const CHARGED: ReadonlyMap<string, Charged> = new Map<string, Charged>([
  ["service_tier", { asks: (value) => isSaid(value) && !STANDARD_TIERS.has(value) }],
  ["speed", { asks: (value) => isSaid(value) && value !== "standard" }],
  ["inference_geo", { asks: (value) => isSaid(value) && value !== "global" }],
  [
    "web_search_options",
    {
      asks: isSaid,
      // Perplexity's price of a request is that of its largest search.
      isPriced: ({ price }) => price.request !== undefined,
    },
  ],
  ["modalities", { asks: (value) => Array.isArray(value) && value.some((modality) => modality !== "text") }],
  ["audio", { asks: isSaid }],
  ["prediction", { asks: isSaid }],
  ["tools", { asks: hasServerTool }],
  ["search_type", { asks: (value) => isSaid(value) && value !== "fast" }],
  ["search_parameters", { asks: (value) => isSaid(value) && !(isRecord(value) && value.mode === "off") }],
  ["plugins", { asks: isFull }],
  ["preset", { asks: isSaid }],
  ["compound_custom", { asks: isSaid }],
  ["data_sources", { asks: isFull }],
  ["mcp_servers", { asks: isFull }],
  ["container", { asks: isSaid }],
  ["context_management", { asks: compacts }],
  ["fallbacks", { asks: isFull }],
]);

/** The members that may do so: what stands there may not stand twice. */
export const CHARGED_MEMBERS: readonly string[] = [...CHARGED.keys()];

/** Sound and film cost more than text at some, and are among a model's modalities where they do not. */
const DEARER_MODALITIES = ["audio", "video"] as const;

/** Perplexity's dearer searches, which it also takes in here. */
function searchesMore(options: unknown): boolean {
  return isRecord(options) && isSaid(options.search_type) && options.search_type !== "fast";
}

/** Opens a window of so many tokens at models whose own, and whose bound, is smaller. */
const LONG_CONTEXT_BETA = "context-1m";
const LONG_CONTEXT_TOKENS = 1_000_000;

function surchargesIn({ body, headers, textOnly }: Asked): Surcharge[] {
  const found: Surcharge[] = [];
  if (headers["anthropic-beta"]?.includes(LONG_CONTEXT_BETA))
    found.push({ field: "anthropic-beta", isPriced: ({ contextWindow }) => contextWindow >= LONG_CONTEXT_TOKENS });
  if (!isRecord(body)) return found;
  for (const name in body) {
    const charged = CHARGED.get(name);
    if (charged?.asks(body[name])) found.push({ field: name, isPriced: charged.isPriced ?? never });
  }
  if (searchesMore(body.web_search_options)) found.push({ field: "web_search_options.search_type", isPriced: never });
  if (textOnly) return found;
  const modalities = modalitiesIn(body);
  for (const modality of DEARER_MODALITIES)
    if (modalities.has(modality))
      found.push({ field: "messages", isPriced: ({ model }) => model.modalities.input.includes(modality) });
  return found;
}

/**
 * Those of a request's ways that can be paid for as it is asked: where it asks for something that a provider charges for
 * beyond the tokens, and that has no price here, credits cannot pay. A customer's own key can, whatever it costs. The same
 * list, where nothing is left out.
 * @throws GatewayError invalid_body, naming the field, where no way is left.
 */
export function withoutSurcharges<W extends Way>(ways: readonly [W, ...W[]], asked: Asked): readonly [W, ...W[]] {
  if (!ways.some(({ billedTo }) => billedTo === "credits")) return ways;
  const surcharges = surchargesIn(asked);
  if (surcharges.length === 0) return ways;
  const unpaid = (way: W) =>
    way.billedTo === "credits" ? surcharges.find(({ isPriced }) => !isPriced(way)) : undefined;
  const payable = ways.filter((way) => !unpaid(way));
  if (payable.length === ways.length) return ways;
  const [first, ...rest] = payable;
  if (first) return [first, ...rest];
  const field = unpaid(ways[0])?.field ?? "model";
  throw new GatewayError(
    "invalid_body",
    `Invalid '${field}': the provider charges for it beyond the model's price, and credits cannot pay for that here. Leave it out, or add a provider key of your own to the project.`,
    { param: field },
  );
}
