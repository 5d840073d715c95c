import { isUpstreamTimeout, postUpstream } from "@/lib/infra/upstream-http";
import { type Provider, type ProviderAnswer, type ProviderCall, ProviderFailure } from "@/lib/providers/provider";

/** How a key goes out: `Authorization: Bearer`, or bare in a header of the provider's own. */
export type KeyHeader = "authorization" | "api-key" | "x-api-key";

export interface HttpProviderSettings extends Omit<Provider, "send" | "takesOwnKeys" | "needsBaseUrl"> {
  keyHeader: KeyHeader;
  /** Sent with every call; lower-case names. */
  headers?: Readonly<Record<string, string>>;
  /** What the provider gets for a body in its dialect; left out: the body as it is. */
  bodyFor?: (body: string) => string;
}

function asFailure(error: unknown, signal: AbortSignal | null): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  if (signal?.aborted) return new ProviderFailure("aborted", "the call was ended", error);
  if (isUpstreamTimeout(error)) return new ProviderFailure("timeout", "the provider took too long", error);
  return new ProviderFailure("network", "the connection to the provider failed", error);
}

async function* bytesOf(body: AsyncIterable<Uint8Array>, signal: AbortSignal | null): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw asFailure(error, signal);
  }
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}

function keyHeaders(name: KeyHeader, key: string): Record<string, string> {
  if (key === "") return {};
  return { [name]: name === "authorization" ? `Bearer ${key}` : key };
}

/** A provider behind HTTP: a POST of JSON with the key in a header, answered by JSON or server-sent events. */
export function httpProvider({ keyHeader, headers, bodyFor, ...provider }: HttpProviderSettings): Provider {
  return {
    ...provider,
    takesOwnKeys: true,
    needsBaseUrl: provider.baseUrl === null,
    send: async (call: ProviderCall): Promise<ProviderAnswer> => {
      try {
        const answer = await postUpstream({
          url: `${call.baseUrl ?? provider.baseUrl}/${call.path}`,
          headers: {
            "content-type": "application/json",
            "user-agent": "turnpike",
            ...headers,
            ...keyHeaders(keyHeader, call.key),
          },
          body: bodyFor ? bodyFor(call.body) : call.body,
          signal: call.signal,
          timeoutMs: call.timeoutMs,
          publicOnly: call.publicOnly,
        });
        return {
          status: answer.statusCode,
          headers: flatten(answer.headers),
          body: bytesOf(answer.body, call.signal),
          text: () =>
            answer.body.text().catch((error: unknown) => {
              throw asFailure(error, call.signal);
            }),
        };
      } catch (error) {
        throw asFailure(error, call.signal);
      }
    },
  };
}
