import { Readable } from "node:stream";
import { isUpstreamTimeout, postUpstream, type UpstreamAnswer } from "@/lib/infra/upstream-http";
import {
  NO_HEADERS,
  type Provider,
  type ProviderAnswer,
  type ProviderCall,
  ProviderFailure,
} from "@/lib/providers/provider";

/** How a key goes out: `Authorization: Bearer`, or bare in a header of the provider's own. */
export type KeyHeader = "authorization" | "api-key" | "x-api-key";

export interface HttpProviderSettings extends Omit<Provider, "send" | "takesOwnKeys" | "needsBaseUrl"> {
  keyHeader: KeyHeader;
  /** What a 400 says that is about the key: the answer then counts as the 401 that other providers give. */
  keyRefused?: RegExp;
  /** Headers that prove the call in the key's place, where this key is one that signs; null: the key goes out itself. */
  sign?: (call: { url: string; body: string; key: string }) => Promise<Readonly<Record<string, string>>> | null;
  /** What of a key is secret by itself, where an error could repeat a part of it; left out: the whole alone. */
  secretsIn?: (key: string) => readonly string[];
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

function keyHeaders(name: KeyHeader, key: string): Record<string, string> {
  if (key === "") return {};
  return { [name]: name === "authorization" ? `Bearer ${key}` : key };
}

/** What every call sends, whoever makes it. */
const COMMON_HEADERS = { "content-type": "application/json", "user-agent": "turnpike" };

/** Keys of several providers have no form that `redact` could know, so an error that repeats the key is masked here. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((masked, secret) => (secret === "" ? masked : masked.replaceAll(secret, "…")), text);
}

/** What came back over HTTP: its errors have lost the key that they may repeat. */
class HttpAnswer implements ProviderAnswer {
  readonly status: number;
  readonly #answer: UpstreamAnswer;
  readonly #call: ProviderCall;
  readonly #secretsIn: (key: string) => readonly string[];

  constructor(answer: UpstreamAnswer, call: ProviderCall, secretsIn: (key: string) => readonly string[]) {
    this.status = answer.status;
    this.#answer = answer;
    this.#call = call;
    this.#secretsIn = secretsIn;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#answer.headers;
  }

  get body(): AsyncIterable<Uint8Array> {
    return this.#answer.body;
  }

  text(): Promise<string> {
    const read = this.#answer.text();
    return this.status < 400 ? read : read.then((text) => withoutSecrets(text, this.#secretsIn(this.#call.key)));
  }
}

/** A provider behind HTTP: a POST of JSON with the key in a header, answered by JSON or server-sent events. */
export function httpProvider({
  keyHeader,
  sign,
  secretsIn = (key) => [key],
  keyRefused,
  headers,
  bodyFor,
  ...provider
}: HttpProviderSettings): Provider {
  const always = { ...COMMON_HEADERS, ...headers };
  /** The headers of the key that was used last: most calls have the same few, and making them anew costs more than looking. */
  let last: { key: string; headers: Readonly<Record<string, string>> } = { key: "", headers: always };
  const headersWith = (key: string): Readonly<Record<string, string>> => {
    if (last.key !== key) last = { key, headers: { ...always, ...keyHeaders(keyHeader, key) } };
    return last.headers;
  };

  return {
    ...provider,
    takesOwnKeys: true,
    needsBaseUrl: provider.baseUrl === null,
    send: async (call: ProviderCall): Promise<ProviderAnswer> => {
      try {
        const url = `${call.baseUrl ?? provider.baseUrl}/${call.path}`;
        const body = bodyFor ? bodyFor(call.body) : call.body;
        const signing = sign?.({ url, body, key: call.key }) ?? null;
        const known = signing === null ? headersWith(call.key) : { ...always, ...(await signing) };
        const answer = await postUpstream({
          url,
          headers: call.headers === undefined || call.headers === NO_HEADERS ? known : { ...known, ...call.headers },
          body,
          signal: call.signal,
          timeoutMs: call.timeoutMs,
          publicOnly: call.publicOnly,
          failed: (error) => asFailure(error, call.signal),
        });
        const given = new HttpAnswer(answer, call, secretsIn);
        if (given.status !== 400 || !keyRefused) return given;
        const said = await given.text();
        return {
          status: keyRefused.test(said) ? 401 : 400,
          headers: given.headers,
          body: Readable.from([Buffer.from(said)]),
          text: async () => said,
        };
      } catch (error) {
        throw asFailure(error, call.signal);
      }
    },
  };
}
