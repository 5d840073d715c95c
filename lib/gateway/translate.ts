import { GatewayError } from "@/lib/core/errors";
import { type ClientDialect, prepareTranslation, sendTranslated, type Translation } from "@/lib/dialects/translate";
import { Untranslatable } from "@/lib/dialects/untranslatable";
import type { UpstreamDialect } from "@/lib/dialects/upstream-model";
import type { CallerDialect } from "@/lib/gateway/endpoints";
import type { ModelRequest } from "@/lib/gateway/parse";
import type { Attempt, Plan } from "@/lib/gateway/plan";
import type { Provider, ProviderAnswer, ProviderCall } from "@/lib/providers/provider";
import { PROVIDERS } from "@/lib/providers/registry";

/** Who speaks each dialect to the provider. */
const UPSTREAM_DIALECTS: Readonly<Record<Provider["dialect"], UpstreamDialect>> = {
  openai: "openai-compatible",
  anthropic: "anthropic",
  bedrock: "bedrock",
};

/** Stands for the provider's base URL: where a call goes, and with whose key, is the provider's affair (`fetchThrough`). */
const ANY_BASE_URL = "https://provider.invalid";

/** Attempts whose provider does not speak the caller's dialect, each with the request in words that it understands. */
export type Translations = ReadonlyMap<Attempt, Translation>;

/** For a plan that needs none. */
export const NO_TRANSLATIONS: Translations = new Map();

/** A stream's usage is asked for whether or not the caller wants to see it. */
function withUsage({ body, dialect, streamed }: ModelRequest): unknown {
  if (dialect !== "openai" || !streamed || typeof body !== "object" || body === null) return body;
  const options = "stream_options" in body && typeof body.stream_options === "object" ? body.stream_options : {};
  return { ...body, stream_options: { ...options, include_usage: true } };
}

function isForeign(request: ModelRequest, attempt: Attempt): boolean {
  const provider = PROVIDERS[attempt.provider];
  return request.dialect === "responses" ? !provider.hasResponses : provider.dialect !== request.dialect;
}

/** How the translator calls the dialects of callers, and how the ids of their answers begin. */
const CLIENTS: Readonly<Record<CallerDialect, ClientDialect>> = {
  openai: "openai-chat",
  anthropic: "anthropic-messages",
  responses: "openai-responses",
};
const ID_PREFIXES: Readonly<Record<ClientDialect, string>> = {
  "openai-chat": "chatcmpl-",
  "anthropic-messages": "msg_",
  "openai-responses": "resp_",
};

/** Whether one of the attempts speaks another dialect than the caller, so that the plan has to pass `translate`. */
export function needsTranslation(request: ModelRequest, planned: Plan): boolean {
  return planned.attempts.some((attempt) => isForeign(request, attempt));
}

function unsupported(request: ModelRequest, attempt: Attempt): GatewayError {
  return new GatewayError(
    "unsupported_endpoint",
    `${PROVIDERS[attempt.provider].name} has no ${request.path}. POST /api/v1/chat/completions calls this model.`,
    { param: "model" },
  );
}

/**
 * Translates a request for those attempts of its plan that need it, before anything is held. Sends nothing. An attempt
 * that has no word for something in the request is left out of the plan, as long as another one is left.
 * @throws GatewayError invalid_body, naming the field that none has a word for; unsupported_endpoint.
 */
export async function translate(
  request: ModelRequest,
  planned: Plan,
): Promise<{ planned: Plan; translations: Translations }> {
  const translations = new Map<Attempt, Translation>();
  const left: Attempt[] = [];
  let refusal: GatewayError | null = null;
  for (const attempt of planned.attempts) {
    try {
      if (isForeign(request, attempt)) translations.set(attempt, await translation(request, attempt));
      left.push(attempt);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      refusal ??= error;
    }
  }
  const [first, ...rest] = left;
  if (!first) throw refusal ?? new Error("a plan has at least one attempt");
  return { planned: { ...planned, attempts: [first, ...rest] }, translations };
}

async function translation(request: ModelRequest, attempt: Attempt): Promise<Translation> {
  const provider = PROVIDERS[attempt.provider];
  if (request.path === "completions" || request.path === "embeddings") throw unsupported(request, attempt);
  try {
    return await prepareTranslation(CLIENTS[request.dialect], withUsage(request), {
      dialect: UPSTREAM_DIALECTS[provider.dialect],
      model: attempt.upstreamModel,
      maxOutputTokens: attempt.maxOutput,
      reasons: attempt.model.capabilities.includes("reasoning"),
      wantsReasoningBack: provider.wantsReasoningBack,
    });
  } catch (error) {
    // A response that is no chat is a question of who has that API (CONTRACT section 4).
    if (request.dialect !== "responses" || !(error instanceof Untranslatable)) throw error;
    throw new GatewayError("unsupported_endpoint", error.message, error.options);
  }
}

/** A `fetch` for the AI SDK that calls the provider as every other call of ours does: our connections, our headers. */
function fetchThrough(provider: Provider, call: Omit<ProviderCall, "path" | "body" | "signal">): typeof fetch {
  return async (url, init) => {
    const beta = new Headers(init?.headers).get("anthropic-beta");
    const answer = await provider.send({
      ...call,
      path: String(url).slice(ANY_BASE_URL.length + 1),
      body: String(init?.body ?? ""),
      signal: init?.signal ?? null,
      headers: beta === null ? {} : { "anthropic-beta": beta },
    });
    // As text an error has lost the key that it may repeat.
    if (answer.status >= 400)
      return new Response(await answer.text(), { status: answer.status, headers: answer.headers });
    const chunks = answer.body[Symbol.asyncIterator]();
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => {
        await chunks.return?.();
      },
    });
    return new Response(body, { status: answer.status, headers: answer.headers });
  };
}

/**
 * Sends a translated request, and gives the answer in the caller's dialect. `maxTokens`: a clamp, or null.
 * @throws ProviderFailure when no answer came.
 */
export function sendTranslation(
  translation: Translation,
  provider: Provider,
  call: Omit<ProviderCall, "path" | "body">,
  answer: { requestId: string; model: string },
  maxTokens: number | null,
): Promise<ProviderAnswer> {
  const id = answer.requestId.slice(answer.requestId.indexOf("_") + 1);
  const { signal, ...rest } = call;
  return sendTranslated(
    translation,
    {
      baseUrl: ANY_BASE_URL,
      key: "unused",
      maxTokensField: provider.maxTokensField,
      fetch: fetchThrough(provider, rest),
    },
    {
      id: ID_PREFIXES[translation.client] + id,
      created: Math.floor(Date.now() / 1000),
      model: answer.model,
    },
    maxTokens,
    signal,
  );
}
