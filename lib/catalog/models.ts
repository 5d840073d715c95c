import { type Price, perMillion } from "@/lib/catalog/price";
import type { ProviderId } from "@/lib/providers/provider";

/** One provider's offer of a model. */
export interface Offer {
  provider: ProviderId;
  /** The name that the provider knows it by. */
  upstreamModel: string;
  price: Price;
}

export interface Model {
  /** Bare catalogue name, as in messages and rules: `gpt-4o-mini`. */
  name: string;
  vendor: string;
  /** Tokens of prompt and answer together. */
  contextWindow: number;
  /** Most tokens of one answer. */
  maxOutput: number;
  capabilities: readonly ("tools" | "vision" | "json_schema" | "reasoning" | "streaming")[];
  offers: readonly Offer[];
}

type Row = readonly [
  name: string,
  context: number,
  maxOutput: number,
  input: string,
  cached: string | null,
  output: string,
  capabilities: Model["capabilities"],
];

const CHAT: Model["capabilities"] = ["streaming", "tools"];
const OMNI: Model["capabilities"] = ["streaming", "tools", "vision", "json_schema"];
const REASONING: Model["capabilities"] = ["streaming", "tools", "vision", "json_schema", "reasoning"];

/**
 * OpenAI's list prices in USD per million tokens and its limits in tokens, from its pricing and model pages
 * (platform.openai.com/docs/pricing, platform.openai.com/docs/models), standard tier.
 */
const OPENAI: readonly Row[] = [
  ["gpt-4o-mini", 128_000, 16_384, "0.15", "0.075", "0.60", OMNI],
  ["gpt-4o", 128_000, 16_384, "2.50", "1.25", "10.00", OMNI],
  ["gpt-4.1", 1_047_576, 32_768, "2.00", "0.50", "8.00", OMNI],
  ["gpt-4.1-mini", 1_047_576, 32_768, "0.40", "0.10", "1.60", OMNI],
  ["gpt-4.1-nano", 1_047_576, 32_768, "0.10", "0.025", "0.40", OMNI],
  ["gpt-5", 400_000, 128_000, "1.25", "0.125", "10.00", REASONING],
  ["gpt-5-mini", 400_000, 128_000, "0.25", "0.025", "2.00", REASONING],
  ["gpt-5-nano", 400_000, 128_000, "0.05", "0.005", "0.40", REASONING],
  ["o3", 200_000, 100_000, "2.00", "0.50", "8.00", REASONING],
  ["o4-mini", 200_000, 100_000, "1.10", "0.275", "4.40", REASONING],
  ["gpt-4-turbo", 128_000, 4_096, "10.00", null, "30.00", OMNI],
  ["gpt-4", 8_192, 8_192, "30.00", null, "60.00", CHAT],
  ["gpt-3.5-turbo", 16_385, 4_096, "0.50", null, "1.50", CHAT],
];

/**
 * The simulator's one model (CONTRACT section 12). It has a price, so that a fresh installation without any provider
 * key shows the whole way of a request, its cost included.
 */
const ECHO: Model = {
  name: "echo",
  vendor: "simulator",
  contextWindow: 128_000,
  maxOutput: 16_384,
  capabilities: ["streaming", "tools"],
  offers: [
    {
      provider: "simulator",
      upstreamModel: "simulator/echo",
      price: { input: perMillion("0.15"), output: perMillion("0.60") },
    },
  ],
};

/** Every model we sell or route, in the order in which lists show them. */
export const MODELS: readonly Model[] = [
  ...OPENAI.map(
    ([name, contextWindow, maxOutput, input, cached, output, capabilities]): Model => ({
      name,
      vendor: "openai",
      contextWindow,
      maxOutput,
      capabilities,
      offers: [
        {
          provider: "openai",
          upstreamModel: name,
          price: {
            input: perMillion(input),
            output: perMillion(output),
            ...(cached === null ? {} : { cachedInput: perMillion(cached) }),
          },
        },
      ],
    }),
  ),
  ECHO,
];
