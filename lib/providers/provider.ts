/** Every provider that has a file here; lib/providers/registry.ts fails to compile when one is missing. */
export const PROVIDER_IDS = [
  "openai",
  "anthropic",
  "google",
  "azure",
  "bedrock",
  "groq",
  "mistral",
  "deepseek",
  "xai",
  "together",
  "fireworks",
  "cerebras",
  "perplexity",
  "openrouter",
  "cohere",
  "ollama",
  "vllm",
  "custom",
  "simulator",
] as const;

export type ProviderId = (typeof PROVIDER_IDS)[number];

/** For calls whose callers sent no headers that mean something in their dialect. */
export const NO_HEADERS: Readonly<Record<string, string>> = {};

/** One call to a provider, already in its dialect. */
export interface ProviderCall {
  /** Path below the base URL, such as `chat/completions`. */
  path: string;
  /** The provider's API key; empty: the call goes without one. */
  key: string;
  /** Overrides the provider's own base URL; no slash at the end. Never null where the provider has none. */
  baseUrl: string | null;
  /** Connect to public addresses only: the base URL is a customer's. */
  publicOnly: boolean;
  /** The JSON body as it goes out. */
  body: string;
  /** Of the caller's own headers, those that its dialect gives a meaning; lower-case names. */
  headers?: Readonly<Record<string, string>>;
  /** Ends the call; null: it is never ended from here. */
  signal: AbortSignal | null;
  /** Milliseconds until the first byte of the answer, and between two bytes. */
  timeoutMs: number;
}

/** What came back; `body` yields the answer's bytes as they arrive and ends the call when its consumer stops. */
export interface ProviderAnswer {
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  body: AsyncIterable<Uint8Array>;
  /** The whole body as text, in place of iterating over it. @throws ProviderFailure when it breaks off. */
  text(): Promise<string>;
}

/** A provider as the pipeline sees it. One small file each, data over a shared base. */
export interface Provider {
  id: ProviderId;
  /** As shown to people. */
  name: string;
  /** The API that it speaks. One that no caller speaks (`bedrock`: Amazon's Converse) is reached by translation only. */
  dialect: "openai" | "anthropic" | "bedrock";
  /** Its usual address, version segment included, no slash at the end; null: it has none. */
  baseUrl: string | null;
  /** What its address looks like; null where `baseUrl` says it, and for what is in process. */
  baseUrlExample: string | null;
  /** Whether it can be called only where somebody says what its address is; what needs no key either is in process. */
  needsBaseUrl: boolean;
  /** Whether customers can bring their own key for it. */
  takesOwnKeys: boolean;
  /** Whether it can be called only with a key. */
  needsKey: boolean;
  /** How its keys begin; null: they have no form of their own. */
  keyPrefix: string | null;
  /** The request field that limits the answer's tokens, sent when we clamp it. */
  maxTokensField: "max_tokens" | "max_completion_tokens";
  /** Whether it takes `stream_options`; it is never sent to one that does not. */
  takesStreamOptions: boolean;
  /** Whether it wants its reasoning back within a turn of tools; others refuse it. */
  wantsReasoningBack: boolean;
  /** Whether it has OpenAI's Responses API at `responses` too; others are asked by translation. */
  hasResponses: boolean;
  /** @throws ProviderFailure when no answer came. */
  send: (call: ProviderCall) => Promise<ProviderAnswer>;
}

/** Why no answer came, or why it broke off. */
export class ProviderFailure extends Error {
  readonly kind: "network" | "timeout" | "aborted";

  constructor(kind: ProviderFailure["kind"], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ProviderFailure";
    this.kind = kind;
  }
}
