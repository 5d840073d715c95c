import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from "node:dns";
import { isIP } from "node:net";
import { type Dispatcher, errors, Pool } from "undici";
import { isPrivateAddress } from "@/lib/infra/private-addresses";

const KEEP_ALIVE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** No answer is larger than this; one that is breaks off. */
const LARGEST_ANSWER = 64 * 1024 * 1024;
/** How many addresses are remembered, in parsed form and with their connections; customers may name their own. */
const TARGET_LIMIT = 1_000;

const pools = new Map<string, Pool>();

/** An address that a customer named leads into a private network. */
export class PrivateUpstream extends Error {
  constructor(host: string) {
    super(`${host} leads to a private address; the operator can allow that with ALLOW_PRIVATE_UPSTREAMS=true`);
  }
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/** Looks a host up for the connection itself, so that what was checked is what is connected to; every answer must be public. */
function publicLookup(host: string, options: LookupOptions, callback: LookupCallback): void {
  dnsLookup(host, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error) callback(error, "");
    else if (!first || addresses.some(({ address }) => isPrivateAddress(address)))
      callback(new PrivateUpstream(host), "");
    else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
}

interface Target {
  pool: Pool;
  path: string;
}

const targets = new Map<string, Target>();

/** Where a URL leads: parsed once, since the same few are called over and over. @throws PrivateUpstream. */
function targetOf(address: string, publicOnly: boolean): Target {
  const name = `${publicOnly} ${address}`;
  const known = targets.get(name);
  if (known) return known;
  const url = new URL(address);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (publicOnly && isIP(host) !== 0 && isPrivateAddress(host)) throw new PrivateUpstream(host);
  if (targets.size >= TARGET_LIMIT) forgetTargets();
  const target = { pool: poolFor(url.origin, publicOnly), path: url.pathname + url.search };
  targets.set(name, target);
  return target;
}

/** Starts over, so that no customer fills the memory by naming new addresses; calls on their way are finished first. */
function forgetTargets(): void {
  for (const pool of pools.values()) void pool.close();
  pools.clear();
  targets.clear();
}

function poolFor(origin: string, publicOnly: boolean): Pool {
  const name = `${publicOnly} ${origin}`;
  let pool = pools.get(name);
  if (!pool) {
    const connect = { timeout: CONNECT_TIMEOUT_MS, ...(publicOnly ? { lookup: publicLookup } : {}) };
    pool = new Pool(origin, {
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxResponseSize: LARGEST_ANSWER,
      connect,
    });
    pools.set(name, pool);
  }
  return pool;
}

export interface UpstreamRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal | null;
  timeoutMs: number;
  /** Connect to public addresses only: the URL is a customer's. */
  publicOnly: boolean;
  /** What is thrown in the place of an error of undici's, wherever the call fails. */
  failed: (error: Error) => Error;
}

/** What came back from upstream: its head, and the body still on its way. */
export interface UpstreamAnswer {
  status: number;
  /** Lower-case names; what came several times is joined by commas. */
  headers: Readonly<Record<string, string>>;
  /** The bytes as they arrive; leaving the iteration ends the call. To be read once, or else `text`. */
  body: AsyncIterable<Uint8Array>;
  /** The whole body. @throws what `failed` makes of undici's error when it breaks off. */
  text(): Promise<string>;
}

/** So many bytes may wait for a slow reader before the upstream is told to pause. */
const READ_AHEAD = 128 * 1024;

function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat[name] = typeof value === "string" ? value : value.join(", ");
  }
  return flat;
}

interface Waiting<Value> {
  resolve: (value: Value) => void;
  reject: (error: Error) => void;
}

/**
 * One call on its way, as undici's dispatcher drives it, and then its answer. Its `request` would make a stream object of
 * every body, which costs more than the call itself.
 */
class UpstreamCall implements Dispatcher.DispatchHandler, UpstreamAnswer, AsyncIterator<Uint8Array> {
  status = 0;
  #headers: Readonly<Record<string, string | string[] | undefined>> = {};
  #controller: Dispatcher.DispatchController | undefined;
  #arrived: Buffer[] = [];
  #waitingBytes = 0;
  #ended = false;
  #failure: Error | undefined;
  /** Who iterates, and has seen all that has arrived. */
  #next: Waiting<IteratorResult<Uint8Array>> | undefined;
  /** Who waits for the whole. */
  #whole: Waiting<string> | undefined;
  readonly #signal: AbortSignal | null;
  readonly #answer: Waiting<UpstreamAnswer>;
  readonly #failed: (error: Error) => Error;

  constructor({ signal, failed }: Pick<UpstreamRequest, "signal" | "failed">, answer: Waiting<UpstreamAnswer>) {
    this.#signal = signal;
    this.#failed = failed;
    this.#answer = answer;
    signal?.addEventListener("abort", this.#leave, { once: true });
  }

  get headers(): Readonly<Record<string, string>> {
    return joined(this.#headers);
  }

  get body(): AsyncIterable<Uint8Array> {
    return this;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal?.aborted) this.#leave();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // An informational head (1xx) is followed by the real one.
    if (status < 200) return;
    this.status = status;
    this.#headers = headers;
    this.#answer.resolve(this);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#arrived.push(chunk);
    // Who waits for the whole is told at its end, and nobody has to be told to pause.
    if (this.#whole) return;
    const next = this.#next;
    if (next) {
      this.#next = undefined;
      next.resolve({ value: this.#taken(), done: false });
      return;
    }
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes > READ_AHEAD) controller.pause();
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#signal?.removeEventListener("abort", this.#leave);
    this.#whole?.resolve(this.#text());
    this.#next?.resolve({ value: undefined, done: true });
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    const error = this.#failed(cause);
    this.#failure = error;
    this.#signal?.removeEventListener("abort", this.#leave);
    this.#answer.reject(error);
    this.#whole?.reject(error);
    this.#next?.reject(error);
  }

  #leave = (): void => {
    this.#controller?.abort(new errors.RequestAbortedError());
  };

  #text(): string {
    const [only] = this.#arrived;
    return (only !== undefined && this.#arrived.length === 1 ? only : Buffer.concat(this.#arrived)).toString("utf8");
  }

  text(): Promise<string> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve(this.#text());
    return new Promise((resolve, reject) => {
      this.#whole = { resolve, reject };
      this.#controller?.resume();
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this;
  }

  /** What has arrived, as one piece. Written out, since a generator takes several turns of the queue for each. */
  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#arrived.length > 0) return Promise.resolve({ value: this.#taken(), done: false });
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#next = { resolve, reject };
    });
  }

  /** Nobody wants the rest. */
  return(): Promise<IteratorResult<Uint8Array>> {
    if (!this.#ended && !this.#failure) this.#leave();
    return Promise.resolve({ value: undefined, done: true });
  }

  #taken(): Uint8Array {
    const [only] = this.#arrived;
    const taken = only !== undefined && this.#arrived.length === 1 ? only : Buffer.concat(this.#arrived);
    this.#arrived = [];
    this.#waitingBytes = 0;
    this.#controller?.resume();
    return taken;
  }
}

/**
 * Sends one POST upstream: one undici pool per origin, keep-alive, no redirects followed.
 * @throws PrivateUpstream; what `failed` makes of undici's errors.
 */
export function postUpstream(request: UpstreamRequest): Promise<UpstreamAnswer> {
  return new Promise((resolve, reject) => {
    const { pool, path } = targetOf(request.url, request.publicOnly);
    if (request.signal?.aborted) throw new errors.RequestAbortedError();
    pool.dispatch(
      {
        method: "POST",
        path,
        headers: request.headers,
        body: request.body,
        headersTimeout: request.timeoutMs,
        bodyTimeout: request.timeoutMs,
      },
      new UpstreamCall(request, { resolve, reject }),
    );
  });
}

/** Whether an error of undici's says that the other side took too long. */
export function isUpstreamTimeout(error: unknown): boolean {
  return (
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    error instanceof errors.ConnectTimeoutError
  );
}

/** Ends every idle upstream connection. */
export async function closeUpstreamPools(): Promise<void> {
  const all = [...pools.values()];
  pools.clear();
  targets.clear();
  await Promise.allSettled(all.map((pool) => pool.destroy()));
}
