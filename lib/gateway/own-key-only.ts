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

/** Why credits do not pay for something, as the end of a sentence. */
const WHY = {
  price: "its provider charges for it beyond the model's price.",
  work: "its provider may run the model any number of times for it, and asks fees beside the tokens.",
  account: "what the provider keeps under the installation's key could be anybody's.",
  unknown: "what it makes the provider do is not known here.",
} as const;

const never = () => false;

/** Something in a request that only a project's own provider key may be asked for, whatever it costs. */
export interface OwnKeyOnly {
  field: string;
  reason: keyof typeof WHY;
  /** Whether this way's price has it in it, so that credits pay after all. */
  isPriced: (way: Way) => boolean;
}

/** What credits pay for nowhere. */
export function neverPaid(field: string, reason: OwnKeyOnly["reason"]): OwnKeyOnly {
  return { field, reason, isPriced: never };
}

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

/** Clearing takes from the prompt; compacting reads it twice and writes beside the answer. A response has a list of edits. */
function compacts(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  const edits = isRecord(value) ? value.edits : null;
  return (
    Array.isArray(edits) &&
    !edits.every((edit) => isRecord(edit) && typeof edit.type === "string" && edit.type.startsWith("clear_"))
  );
}

interface Charged {
  /** Whether this value asks for it. */
  asks: (value: unknown) => boolean;
  reason: OwnKeyOnly["reason"];
  isPriced?: OwnKeyOnly["isPriced"];
}

/**
 * Members of a body that make a request cost more than its tokens do, or more tokens than its bounds allow:
 * developers.openai.com/api/docs/pricing (tiers, audio, searches; rejected predictions are billed as completion),
 * platform.claude.com/docs/en/about-claude/pricing (fast mode, data residency, server tools, containers),
 * platform.claude.com/docs/en/build-with-claude/compaction, openrouter.ai/docs/guides/features/plugins,
 * docs.x.ai/docs/guides/live-search, console.groq.com/docs/compound, docs.perplexity.ai/getting-started/pricing.
 */
const CHARGED: ReadonlyMap<string, Charged> = new Map<string, Charged>([
  ["service_tier", { asks: (value) => isSaid(value) && !STANDARD_TIERS.has(value), reason: "price" }],
  ["speed", { asks: (value) => isSaid(value) && value !== "standard", reason: "price" }],
  ["inference_geo", { asks: (value) => isSaid(value) && value !== "global", reason: "price" }],
  [
    "web_search_options",
    {
      asks: isSaid,
      reason: "work",
      // Perplexity's price of a request is that of its largest search.
      isPriced: ({ price }) => price.request !== undefined,
    },
  ],
  [
    "modalities",
    { asks: (value) => Array.isArray(value) && value.some((modality) => modality !== "text"), reason: "price" },
  ],
  ["audio", { asks: isSaid, reason: "price" }],
  ["prediction", { asks: isSaid, reason: "price" }],
  ["tools", { asks: hasServerTool, reason: "work" }],
  ["search_type", { asks: (value) => isSaid(value) && value !== "fast", reason: "work" }],
  [
    "search_parameters",
    { asks: (value) => isSaid(value) && !(isRecord(value) && value.mode === "off"), reason: "work" },
  ],
  ["plugins", { asks: isFull, reason: "work" }],
  ["preset", { asks: isSaid, reason: "work" }],
  ["compound_custom", { asks: isSaid, reason: "work" }],
  ["data_sources", { asks: isFull, reason: "work" }],
  ["mcp_servers", { asks: isFull, reason: "work" }],
  ["container", { asks: isSaid, reason: "work" }],
  ["context_management", { asks: compacts, reason: "work" }],
  ["fallbacks", { asks: isFull, reason: "work" }],
]);

/** What a response may refer to in its provider's account, where an id is all it takes to read what another left there. */
const STORED_MEMBERS = ["prompt", "previous_response_id", "conversation"];

/** The members that may ask for such things: what stands there may not stand twice. */
export const OWN_KEY_MEMBERS: readonly string[] = [...CHARGED.keys(), ...STORED_MEMBERS];

/** Sound and film cost more than text at some, and are among a model's modalities where they do not. */
const DEARER_MODALITIES = ["audio", "video"] as const;

/** Perplexity's dearer searches, which it also takes in here. */
function searchesMore(options: unknown): boolean {
  return isRecord(options) && isSaid(options.search_type) && options.search_type !== "fast";
}

/** Opens a window of so many tokens at models whose own, and whose bound, is smaller. */
const LONG_CONTEXT_BETA = "context-1m";
const LONG_CONTEXT_TOKENS = 1_000_000;

const NOTHING: readonly OwnKeyOnly[] = [];

function chargedIn(body: Readonly<Record<string, unknown>>, found: OwnKeyOnly[] | null, but?: string) {
  let all = found;
  for (const name in body) {
    const charged = CHARGED.get(name);
    if (!charged || name === but || !charged.asks(body[name])) continue;
    all ??= [];
    all.push({ field: name, reason: charged.reason, isPriced: charged.isPriced ?? never });
  }
  return all;
}

function dearerModalitiesIn(body: Readonly<Record<string, unknown>>, found: OwnKeyOnly[] | null) {
  let all = found;
  const modalities = modalitiesIn(body);
  for (const modality of DEARER_MODALITIES) {
    if (!modalities.has(modality)) continue;
    all ??= [];
    all.push({
      field: body.messages === undefined ? "input" : "messages",
      reason: "price",
      isPriced: ({ model }) => model.modalities.input.includes(modality),
    });
  }
  return all;
}

/**
 * What a request asks for that its provider charges for beyond the tokens it is asked for, and that has no price here, so
 * that credits cannot pay for it.
 */
export function ownKeyOnlyIn({ body, headers, textOnly }: Asked): readonly OwnKeyOnly[] {
  let found: OwnKeyOnly[] | null = null;
  if (headers["anthropic-beta"]?.includes(LONG_CONTEXT_BETA))
    found = [
      {
        field: "anthropic-beta",
        reason: "price",
        isPriced: ({ contextWindow }) => contextWindow >= LONG_CONTEXT_TOKENS,
      },
    ];
  if (!isRecord(body)) return found ?? NOTHING;
  found = chargedIn(body, found);
  if (searchesMore(body.web_search_options))
    found = [...(found ?? NOTHING), neverPaid("web_search_options.search_type", "work")];
  if (!textOnly) found = dearerModalitiesIn(body, found);
  return found ?? NOTHING;
}

/**
 * The same of a response, whose tools and items `own` tells: also what lies in an account that all tenants share, and what
 * is not known here.
 */
export function ownKeyOnlyInResponse(
  { body, textOnly }: Omit<Asked, "headers">,
  own: readonly OwnKeyOnly[],
): readonly OwnKeyOnly[] {
  if (!isRecord(body)) return own;
  const stored = STORED_MEMBERS.filter((name) => isFull(body[name])).map((name) => neverPaid(name, "account"));
  const charged = chargedIn(body, null, "tools") ?? NOTHING;
  const dearer = textOnly ? NOTHING : (dearerModalitiesIn(body, null) ?? NOTHING);
  return [...own, ...charged, ...stored, ...dearer];
}

/**
 * Those of a request's ways that can be paid for as it is asked: all but those that credits would pay for and that its
 * wishes rule out. A customer's own key can be asked for anything. The same list, where nothing is left out.
 * @throws GatewayError invalid_body, naming the field, where no way is left.
 */
export function payable<W extends Way>(
  ways: readonly [W, ...W[]],
  wishes: readonly OwnKeyOnly[],
): readonly [W, ...W[]] {
  if (wishes.length === 0) return ways;
  const unpaid = (way: W) => (way.billedTo === "credits" ? wishes.find(({ isPriced }) => !isPriced(way)) : undefined);
  const left = ways.filter((way) => !unpaid(way));
  if (left.length === ways.length) return ways;
  const [first, ...rest] = left;
  if (first) return [first, ...rest];
  const { field, reason } = unpaid(ways[0]) ?? neverPaid("model", "unknown");
  throw new GatewayError(
    "invalid_body",
    `Invalid '${field}': it is not served from credits, since ${WHY[reason]} Leave it out, or add a provider key of your own to the project.`,
    { param: field },
  );
}
