import type { Model } from "@/lib/catalog/models";
import { type ClientDialect, prepareTranslation, sendTranslated, type Translation } from "@/lib/dialects/translate";
import type { Attempt } from "@/lib/gateway/plan";
import type { Provider, ProviderAnswer, ProviderCall } from "@/lib/providers/provider";
import { PROVIDERS } from "@/lib/providers/registry";

/** What each dialect's API is called at a provider. */
const PATHS: Readonly<Record<Provider["dialect"], string>> = { openai: "chat/completions", anthropic: "messages" };

/** Attempts whose provider speaks another dialect than the caller, each with the request in words that it understands. */
export type Translations = ReadonlyMap<Attempt, Translation>;

const NONE: Translations = new Map();

/**
 * Translates a request for those of `attempts` that need it, before anything is held. Sends nothing. A stream is asked
 * for its usage whether or not the caller wants to see it.
 * @throws GatewayError invalid_body, naming the field that one of them has no word for.
 */
export async function translate(
  dialect: Provider["dialect"],
  body: unknown,
  model: Model,
  attempts: readonly Attempt[],
): Promise<Translations> {
  const foreign = attempts.filter((attempt) => PROVIDERS[attempt.provider].dialect !== dialect);
  if (foreign.length === 0) return NONE;
  const client: ClientDialect = dialect === "openai" ? "openai-chat" : "anthropic-messages";
  const translations = new Map<Attempt, Translation>();
  for (const attempt of foreign) {
    const provider = PROVIDERS[attempt.provider];
    const translation = await prepareTranslation(client, body, {
      dialect: provider.dialect === "openai" ? "openai-compatible" : "anthropic",
      model: attempt.upstreamModel,
      maxOutputTokens: attempt.maxOutput,
      reasons: model.capabilities.includes("reasoning"),
      wantsReasoningBack: provider.wantsReasoningBack,
    });
    translations.set(attempt, { ...translation, call: { ...translation.call, wantsUsage: true } });
  }
  return translations;
}

/** A `fetch` for the AI SDK that calls the provider as every other call of ours does: our connections, our headers. */
function fetchThrough(provider: Provider, call: Omit<ProviderCall, "path" | "body" | "signal">): typeof fetch {
  return async (_url, init) => {
    const beta = new Headers(init?.headers).get("anthropic-beta");
    const answer = await provider.send({
      ...call,
      path: PATHS[provider.dialect],
      body: String(init?.body ?? ""),
      signal: init?.signal ?? null,
      headers: beta === null ? {} : { "anthropic-beta": beta },
    });
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
      // Where it goes, and with whose key, is the provider's affair: `fetchThrough` sends it.
      baseUrl: "https://provider.invalid",
      key: "unused",
      maxTokensField: provider.maxTokensField,
      fetch: fetchThrough(provider, rest),
    },
    {
      id: translation.client === "openai-chat" ? `chatcmpl-${id}` : `msg_${id}`,
      created: Math.floor(Date.now() / 1000),
      model: answer.model,
    },
    maxTokens,
    signal,
  );
}
