import { providerText } from "@/lib/gateway/fallback";
import { config } from "@/lib/infra/config";
import { PrivateUpstream } from "@/lib/infra/upstream-http";
import { type OpenedProviderKey, openProviderKey } from "@/lib/provider-keys/open-provider-key";
import { keepCheck } from "@/lib/provider-keys/refusals";
import { type Provider, ProviderFailure } from "@/lib/providers/provider";
import { PROVIDERS } from "@/lib/providers/registry";

const TIMEOUT_MS = 10_000;

/** Where chats go; every provider asks for the key before it looks at what is asked. */
const CHAT_PATH: Readonly<Record<Provider["dialect"], string>> = {
  openai: "chat/completions",
  anthropic: "messages",
  bedrock: "model/amazon.nova-micro-v1:0/converse",
};

/** What a provider thinks of a key. */
export interface ProviderKeyCheck {
  /** unclear: no answer came that would tell. */
  outcome: "accepted" | "refused" | "unclear";
  /** What there is to say of it, in a sentence; empty: nothing. */
  said: string;
}

/**
 * Asks a provider whether it takes a key, by a chat without model and messages: who has a good key is told what is missing,
 * who has none is refused, and neither costs anything. Takes up to 10 seconds; throws nothing.
 */
export async function checkProviderKey({ provider: id, key, baseUrl }: OpenedProviderKey): Promise<ProviderKeyCheck> {
  const provider = PROVIDERS[id];
  try {
    const answer = await provider.send({
      path: CHAT_PATH[provider.dialect],
      key,
      baseUrl,
      publicOnly: baseUrl !== null && !config().allowPrivateUpstreams,
      body: "{}",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      timeoutMs: TIMEOUT_MS,
    });
    return verdict(answer.status, providerText(await answer.text()), {
      name: provider.name,
      hasOwnUrl: baseUrl !== null,
    });
  } catch (error) {
    return { outcome: "unclear", said: unreachable(error, provider.name) };
  }
}

/**
 * The same for one that is kept: what it comes to stands beside the key from then on.
 * @throws GatewayError not_found, forbidden.
 */
export async function checkSavedProviderKey(wanted: Parameters<typeof openProviderKey>[0]): Promise<ProviderKeyCheck> {
  const at = new Date();
  const check = await checkProviderKey(await openProviderKey(wanted));
  if (check.outcome !== "unclear")
    await keepCheck(wanted.providerKeyId, check.outcome === "refused" ? check.said : null, at);
  return check;
}

function verdict(
  status: number,
  text: string,
  { name, hasOwnUrl }: { name: string; hasOwnUrl: boolean },
): ProviderKeyCheck {
  const quoted = text === "" ? `It answered ${status}.` : `It says: ${text}`;
  if (status === 401 || status === 403) return { outcome: "refused", said: `${name} refused this key. ${quoted}` };
  if (status === 402 || status === 429) {
    return { outcome: "accepted", said: `${name} knows this key, but serves it nothing just now. ${quoted}` };
  }
  if (status === 404 && hasOwnUrl) {
    return {
      outcome: "unclear",
      said: "There is a server at this base URL, but no chats below it (404). Base URLs mostly end with the version, such as /v1.",
    };
  }
  if (status >= 500 || (status >= 300 && status < 400)) {
    return { outcome: "unclear", said: `${name} answered ${status}, which says nothing about the key.` };
  }
  return { outcome: "accepted", said: "" };
}

function unreachable(error: unknown, name: string): string {
  const isPrivate = error instanceof ProviderFailure && error.cause instanceof PrivateUpstream;
  return isPrivate && error.cause instanceof Error
    ? `The base URL cannot be used: ${error.cause.message}.`
    : `${name} could not be reached from this server.`;
}
