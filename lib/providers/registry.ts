import { anthropic } from "@/lib/providers/anthropic";
import { azure } from "@/lib/providers/azure";
import { bedrock } from "@/lib/providers/bedrock";
import { cerebras } from "@/lib/providers/cerebras";
import { cohere } from "@/lib/providers/cohere";
import { custom } from "@/lib/providers/custom";
import { deepseek } from "@/lib/providers/deepseek";
import { fireworks } from "@/lib/providers/fireworks";
import { google } from "@/lib/providers/google";
import { groq } from "@/lib/providers/groq";
import { mistral } from "@/lib/providers/mistral";
import { ollama } from "@/lib/providers/ollama";
import { openai } from "@/lib/providers/openai";
import { openrouter } from "@/lib/providers/openrouter";
import { perplexity } from "@/lib/providers/perplexity";
import type { Provider, ProviderId } from "@/lib/providers/provider";
import { simulator } from "@/lib/providers/simulator";
import { together } from "@/lib/providers/together";
import { vllm } from "@/lib/providers/vllm";
import { xai } from "@/lib/providers/xai";

/** Every provider; a forgotten one does not compile. */
export const PROVIDERS: Readonly<Record<ProviderId, Provider>> = {
  openai,
  anthropic,
  google,
  azure,
  bedrock,
  groq,
  mistral,
  deepseek,
  xai,
  together,
  fireworks,
  cerebras,
  perplexity,
  openrouter,
  cohere,
  ollama,
  vllm,
  custom,
  simulator,
};
