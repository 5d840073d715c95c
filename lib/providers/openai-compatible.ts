import { isUpstreamTimeout, postUpstream } from "@/lib/infra/upstream-http";
import {
  type Provider,
  type ProviderAnswer,
  type ProviderCall,
  ProviderFailure,
  type ProviderId,
} from "@/lib/providers/provider";

export interface OpenAiCompatibleSettings {
  id: ProviderId;
  name: string;
  /** With its version segment, without a slash at the end: `https://api.openai.com/v1`. */
  baseUrl: string;
  maxTokensField: Provider["maxTokensField"];
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

/** A provider that speaks OpenAI's API: `Authorization: Bearer`, JSON, server-sent events. */
export function openAiCompatible(settings: OpenAiCompatibleSettings): Provider {
  return {
    id: settings.id,
    name: settings.name,
    takesOwnKeys: true,
    needsKey: true,
    maxTokensField: settings.maxTokensField,
    send: async (call: ProviderCall): Promise<ProviderAnswer> => {
      try {
        const answer = await postUpstream({
          url: `${call.baseUrl ?? settings.baseUrl}/${call.path}`,
          headers: {
            "content-type": "application/json",
            authorization: `Bearer ${call.key}`,
            "user-agent": "turnpike",
          },
          body: call.body,
          signal: call.signal,
          timeoutMs: call.timeoutMs,
          publicOnly: call.publicOnly,
        });
        return {
          status: answer.status,
          headers: answer.headers,
          body: bytesOf(answer.body, call.signal),
          text: () =>
            answer.text().catch((error: unknown) => {
              throw asFailure(error, call.signal);
            }),
        };
      } catch (error) {
        throw asFailure(error, call.signal);
      }
    },
  };
}
