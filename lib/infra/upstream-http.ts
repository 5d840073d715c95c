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
}

/**
 * Sends one POST upstream: one undici pool per origin, keep-alive, no redirects followed.
 * @throws PrivateUpstream, undici's errors.
 */
export async function postUpstream(request: UpstreamRequest): Promise<Dispatcher.ResponseData> {
  const { pool, path } = targetOf(request.url, request.publicOnly);
  return pool.request({
    method: "POST",
    path,
    headers: request.headers,
    body: request.body,
    ...(request.signal ? { signal: request.signal } : {}),
    headersTimeout: request.timeoutMs,
    bodyTimeout: request.timeoutMs,
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
