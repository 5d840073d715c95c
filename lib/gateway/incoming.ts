import { GatewayError } from "@/lib/core/errors";

/** A request as either door hands it in: the little of HTTP that the pipeline needs. */
export interface Incoming {
  method: string;
  /** With or without scheme and host. */
  url: string;
  /** A header's value by its lower-case name; null when absent. */
  header: (name: string) => string | null;
  /**
   * The whole body, at once where it is here already.
   * @throws GatewayError body_too_large as soon as more than `limit` bytes are announced or have come.
   */
  readBody: (limit: number) => Buffer | Promise<Buffer>;
  /** The client's address, from the socket or a trusted proxy; empty when it is not known. */
  remoteAddress: string;
  /** Whether the client has gone away. */
  isGone: () => boolean;
  /** Called once, when the client goes away before its answer is complete. */
  onGone: (listener: () => void) => void;
}

/** The path of a URL, without scheme, host and query; the URL may be one or a path. */
export function pathOf(url: string): string {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("//") + 2);
  const end = url.indexOf("?", start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}

/** The query of a URL with its question mark; empty where there is none. */
export function queryOf(url: string): string {
  const start = url.indexOf("?");
  return start === -1 ? "" : url.slice(start);
}

export function bodyTooLarge(limit: number): GatewayError {
  return new GatewayError("body_too_large", `The request body is larger than ${limit} bytes.`, {
    metadata: { limit_bytes: limit },
  });
}

/** Reads a stream of bytes, counting what arrives. */
export async function readCounted(source: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of source) {
    size += part.byteLength;
    if (size > limit) throw bodyTooLarge(limit);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Refuses a body whose announced length alone is too large. @throws GatewayError body_too_large. */
export function refuseAnnounced(contentLength: number, limit: number): void {
  if (contentLength > limit) throw bodyTooLarge(limit);
}

/** A web Request as the pipeline takes it. */
export function incomingFromWeb(request: Request, remoteAddress: string): Incoming {
  return {
    method: request.method,
    url: request.url,
    header: (name) => request.headers.get(name),
    readBody: async (limit) => {
      refuseAnnounced(Number(request.headers.get("content-length") ?? 0), limit);
      return request.body === null ? Buffer.alloc(0) : readCounted(request.body, limit);
    },
    remoteAddress,
    isGone: () => request.signal.aborted,
    onGone: (listener) => request.signal.addEventListener("abort", listener, { once: true }),
  };
}
