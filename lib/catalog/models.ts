import { z } from "zod";
import generated from "@/lib/catalog/generated/models.json";
import { type Price, perMillion } from "@/lib/catalog/price";
import { PROVIDER_IDS, type ProviderId } from "@/lib/providers/provider";

export const CAPABILITIES = ["streaming", "tools", "vision", "json_schema", "reasoning"] as const;
export type Capability = (typeof CAPABILITIES)[number];

export const MODALITIES = ["text", "image", "audio", "video", "pdf"] as const;
export type Modality = (typeof MODALITIES)[number];

/** One provider's offer of a model. */
export interface Offer {
  provider: ProviderId;
  /** The name that the provider knows it by. */
  upstreamModel: string;
  price: Price;
  /**
   * Other names of the provider's for it, each at its own price, as Bedrock has by region. Asked for by one, the provider
   * is asked for that one.
   */
  alternatives?: readonly { upstreamModel: string; price: Price }[];
  /** Nobody has told us what it costs: `price` is zero, credits do not pay for it, and its receipts say no cost. */
  unpriced?: true;
  /** Tokens of prompt and answer together, where this provider allows fewer than the model's. */
  contextWindow?: number;
  /** Most tokens of one answer, where this provider allows fewer than the model's. */
  maxOutput?: number;
}

export interface Model {
  /** Nobody has described it: any name at a provider whose models only their owner knows. Its kind and limits are assumed. */
  isUnlisted?: true;
  /** Bare catalogue name, as in messages and rules: `gpt-4o-mini`. */
  name: string;
  /** Who made it; `openrouter`: a model of OpenRouter's that we know by OpenRouter's name only. */
  vendor: string;
  kind: "chat" | "embedding";
  /** Tokens of prompt and answer together. */
  contextWindow: number;
  /** Most tokens of one answer; 0 for embeddings. */
  maxOutput: number;
  capabilities: readonly Capability[];
  modalities: { input: readonly Modality[]; output: readonly Modality[] };
  /** Other spellings of its name. */
  aliases: readonly string[];
  /** Dated names that its vendor serves at the same price; asked for by one, the vendor is asked for that one. */
  snapshots: readonly string[];
  /** In the order in which they are tried; one at least. */
  offers: readonly Offer[];
}

const Usd = z.string().transform(perMillion);

const Rates = z.strictObject({
  input: Usd,
  output: Usd,
  cachedInput: Usd.optional(),
  cacheWrite: Usd.optional(),
  cacheWriteHour: Usd.optional(),
});

const FullPrice = Rates.extend({
  tiers: z.array(Rates.extend({ above: z.int().nonnegative() })).optional(),
  request: Usd.optional(),
});

const CatalogueFile = z.strictObject({
  /** The day (UTC) whose prices these are. */
  pricesAsOf: z.iso.date(),
  models: z.array(
    z.strictObject({
      name: z.string().min(1),
      vendor: z.string().min(1),
      kind: z.enum(["chat", "embedding"]),
      contextWindow: z.int().positive(),
      maxOutput: z.int().nonnegative(),
      capabilities: z.array(z.enum(CAPABILITIES)),
      input: z.array(z.enum(MODALITIES)).min(1),
      aliases: z.array(z.string()).optional(),
      snapshots: z.array(z.string()).optional(),
      offers: z
        .array(
          z.strictObject({
            provider: z.enum(PROVIDER_IDS),
            upstreamModel: z.string().min(1),
            contextWindow: z.int().positive().optional(),
            maxOutput: z.int().positive().optional(),
            price: FullPrice,
            alternatives: z.array(z.strictObject({ upstreamModel: z.string().min(1), price: FullPrice })).optional(),
          }),
        )
        .min(1),
    }),
  ),
});

/** The generated file: USD per million tokens as decimals, `request` in USD. `npm run catalog:build` writes it. */
export type CatalogueFile = z.input<typeof CatalogueFile>;

/**
 * The simulator's models (CONTRACT section 12). They have a price, so that a fresh installation without any provider
 * key shows the whole way of a request, its cost included.
 */
const ECHO: Model = {
  name: "echo",
  vendor: "simulator",
  kind: "chat",
  contextWindow: 128_000,
  maxOutput: 16_384,
  capabilities: ["streaming", "tools"],
  modalities: { input: ["text"], output: ["text"] },
  aliases: [],
  snapshots: [],
  offers: [
    {
      provider: "simulator",
      upstreamModel: "simulator/echo",
      price: { input: perMillion("0.15"), output: perMillion("0.60") },
    },
  ],
};

const EMBED: Model = {
  name: "embed",
  vendor: "simulator",
  kind: "embedding",
  contextWindow: 8_192,
  maxOutput: 0,
  capabilities: [],
  modalities: { input: ["text"], output: [] },
  aliases: [],
  snapshots: [],
  offers: [
    {
      provider: "simulator",
      upstreamModel: "simulator/embed",
      price: { input: perMillion("0.02"), output: perMillion("0") },
    },
  ],
};

function readModels(file: unknown): Model[] {
  return CatalogueFile.parse(file).models.map(({ input, aliases = [], snapshots = [], ...model }) => ({
    ...model,
    modalities: { input, output: model.kind === "embedding" ? [] : ["text"] },
    aliases,
    snapshots,
  }));
}

/**
 * Every model we sell or route, in the order in which lists show them. Read once, when the process starts; where it comes
 * from and how the prices were checked: docs/catalog-report.md.
 */
export const MODELS: readonly Model[] = [...readModels(generated), ECHO, EMBED];
