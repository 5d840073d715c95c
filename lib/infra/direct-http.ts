import { type Server as HttpServer, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { Passing } from "@/lib/core/passing";

/**
 * HTTP/1.1 for the plain case: a POST with a length to one of a few paths, read and answered straight on the socket. Node's
 * own server takes several times as long for one (docs/decisions/0023), most of it for what such a call never uses. What is
 * not beyond doubt in the plain form (another method or path, chunks, a name that stands twice, a byte that has to be
 * understood) is Node's: its server gets the connection with every byte that came, so how odd requests are read is decided
 * in one place only.
 */

/** Longer heads are Node's to refuse. */
const LONGEST_HEAD = 16 * 1024;
/** So much of a body may come before somebody reads it: until a key is accepted it is anybody's. */
const MOST_UNREAD = 64 * 1024;
const END_OF_HEAD = "\r\n\r\n";
const CR = 13;
const LF = 10;
const BROKEN_OFF = "the connection ended before the whole body had come";
const IDLE_CHECK_MS = 5_000;

/** One way alone to match each text, so that no text takes long: spaces belong to what is before them. */
const HEADER = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(?:([!-~]+(?:[ \t]+[!-~]+)*)[ \t]*)?\r\n/y;
const LENGTH = /^\d{1,15}$/;
/** What changes how the rest is to be read. */
const ODD = new Set(["transfer-encoding", "upgrade", "expect", "trailer", "te", "http2-settings", "proxy-connection"]);
/** What no header of ours holds; a line break would end its line. */
const UNFIT = /[^\t\x20-\x7e]/;

/** A plain request whose head is here. */
export interface PlainHead {
  path: string;
  /** Lower-case names and values in turn; no name twice. */
  headers: readonly string[];
  contentLength: number;
}

/** The request that begins with `head` (to its blank line, which is not in it); null: it is not for this reader. */
export function plainHead(head: string): PlainHead | null {
  const endOfLine = head.indexOf("\r\n");
  const line = endOfLine === -1 ? head : head.slice(0, endOfLine);
  if (endOfLine === -1 || !line.startsWith("POST ") || !line.endsWith(" HTTP/1.1")) return null;
  const text = `${head}\r\n`;
  const headers: string[] = [];
  let contentLength = -1;
  let hasHost = false;
  for (let at = endOfLine + 2; at < text.length; at = HEADER.lastIndex) {
    HEADER.lastIndex = at;
    const match = HEADER.exec(text);
    if (match === null) return null;
    const name = (match[1] ?? "").toLowerCase();
    const value = match[2] ?? "";
    if (ODD.has(name)) return null;
    for (let index = 0; index < headers.length; index += 2) if (headers[index] === name) return null;
    if (name === "content-length") {
      if (!LENGTH.test(value)) return null;
      contentLength = Number(value);
    } else if (name === "connection") {
      if (value.toLowerCase() !== "keep-alive") return null;
    } else if (name === "host") hasHost = value !== "";
    headers.push(name, value);
  }
  if (contentLength === -1 || !hasHost) return null;
  return { path: line.slice(5, -9), headers, contentLength };
}

/** As much of a writable as it takes to write an answer piece by piece; Node's ServerResponse is one. */
export interface AnswerStream {
  readonly destroyed: boolean;
  readonly writableNeedDrain: boolean;
  write(part: Uint8Array): boolean;
  end(): unknown;
  on(event: "drain" | "close", listener: () => void): unknown;
  off(event: "drain" | "close", listener: () => void): unknown;
}

export interface DirectOptions {
  /** Whether a POST to this path is served here. */
  isDirect: (path: string) => boolean;
  /** Answers a request, and resolves when the answer is written; does not throw. */
  serve: (exchange: DirectExchange) => Promise<void>;
  /** Takes a connection with a request that is not served here. */
  otherwise: (socket: Socket) => void;
  /** How long a connection without a request is kept. */
  keepAliveTimeoutMs: number;
}

let dateAt = 0;
let dateText = "";

/** The date as HTTP says it, made once a second. */
function httpDate(): string {
  const now = Date.now();
  if (now - dateAt >= 1_000 || now < dateAt) {
    dateAt = now - (now % 1_000);
    dateText = new Date(now).toUTCString();
  }
  return dateText;
}

/** A request that is being served, and the way to answer it. */
export class DirectExchange implements AnswerStream {
  readonly path: string;
  readonly contentLength: number;
  readonly #headers: readonly string[];
  readonly #connection: DirectConnection;
  readonly #socket: Socket;
  #bodyLeft: number;
  #parts: Buffer[] = [];
  #reader: { resolve: (body: Buffer) => void; reject: (error: Error) => void } | null = null;
  #goneListener: (() => void) | null = null;
  #isGone = false;
  /** The head of a streamed answer, until its first bytes leave. */
  #unsent = "";

  constructor(connection: DirectConnection, socket: Socket, head: PlainHead) {
    this.#connection = connection;
    this.#socket = socket;
    this.path = head.path;
    this.contentLength = head.contentLength;
    this.#headers = head.headers;
    this.#bodyLeft = head.contentLength;
  }

  /** A header's value by its lower-case name; null when absent. */
  header(name: string): string | null {
    const headers = this.#headers;
    for (let index = 0; index < headers.length; index += 2)
      if (headers[index] === name) return headers[index + 1] ?? "";
    return null;
  }

  /** The socket's other end. */
  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  /** Whether the client went away before its answer was complete. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** How much of the body has not come yet, in bytes. */
  get bodyLeft(): number {
    return this.#bodyLeft;
  }

  /** Calls `listener` once, when the client goes away before its answer is complete. */
  onGone(listener: () => void): void {
    this.#goneListener = listener;
  }

  /** The whole body, once; at once where it is here already. @throws Error when the connection ends before it is. */
  readBody(): Buffer | Promise<Buffer> {
    if (this.#bodyLeft === 0) return this.#body();
    if (this.#isGone) return Promise.reject(new Error(BROKEN_OFF));
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#socket.resume();
    });
  }

  #body(): Buffer {
    const parts = this.#parts;
    this.#parts = [];
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }

  /** Takes what belongs to the body; answers how many bytes that were. */
  take(bytes: Buffer): number {
    const taken = Math.min(bytes.length, this.#bodyLeft);
    if (taken === 0) return 0;
    this.#parts.push(taken === bytes.length ? bytes : bytes.subarray(0, taken));
    this.#bodyLeft -= taken;
    const unread = this.contentLength - this.#bodyLeft;
    if (this.#reader === null && this.#bodyLeft > 0 && unread > MOST_UNREAD) this.#socket.pause();
    if (this.#bodyLeft === 0 && this.#reader !== null) {
      this.#reader.resolve(this.#body());
      this.#reader = null;
    }
    return taken;
  }

  /** Says that the connection is gone. */
  leave(): void {
    this.#isGone = true;
    this.#reader?.reject(new Error(BROKEN_OFF));
    this.#reader = null;
    const listener = this.#goneListener;
    this.#goneListener = null;
    listener?.();
  }

  /** Answers in one piece. @throws TypeError for a header that would end its line. */
  send(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    if (this.#isGone) return;
    const bytes = Buffer.byteLength(body);
    // An answer without content has no length either (RFC 9110, 8.6).
    const length = status === 204 ? "" : `content-length: ${bytes}\r\n`;
    // The head is ASCII; where all is, nothing has to be encoded.
    this.#socket.write(`${this.#head(status, headers)}${length}\r\n${body}`, bytes === body.length ? "latin1" : "utf8");
    this.#connection.finished(this);
  }

  /** Begins an answer whose length is not known; its head leaves with the first write. @throws TypeError as `send`. */
  begin(status: number, headers: Readonly<Record<string, string>>): AnswerStream {
    this.#unsent = `${this.#head(status, headers)}transfer-encoding: chunked\r\n\r\n`;
    return this;
  }

  #head(status: number, headers: Readonly<Record<string, string>>): string {
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}\r\n`;
    let values = "";
    for (const name in headers) {
      const value = headers[name] ?? "";
      values += value;
      text += `${name}: ${value}\r\n`;
    }
    if (UNFIT.test(values)) throw new TypeError("a header of the answer holds a character that no header may");
    return `${text}date: ${httpDate()}\r\n${this.#connection.persistence()}`;
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  get writableNeedDrain(): boolean {
    return this.#socket.writableNeedDrain;
  }

  write(part: Uint8Array): boolean {
    // An empty chunk would be the end.
    if (part.byteLength === 0) return true;
    const head = `${this.#unsent}${part.byteLength.toString(16)}\r\n`;
    this.#unsent = "";
    const framed = Buffer.allocUnsafe(head.length + part.byteLength + 2);
    framed.write(head, 0, "latin1");
    framed.set(part, head.length);
    framed[framed.length - 2] = CR;
    framed[framed.length - 1] = LF;
    return this.#socket.write(framed);
  }

  end(): void {
    if (this.#isGone) return;
    this.#socket.write(`${this.#unsent}0\r\n\r\n`, "latin1");
    this.#connection.finished(this);
  }

  on(event: "drain" | "close", listener: () => void): void {
    this.#socket.on(event, listener);
  }

  off(event: "drain" | "close", listener: () => void): void {
    this.#socket.off(event, listener);
  }
}

/** One client's connection, as long as its requests are plain. */
class DirectConnection {
  readonly remoteAddress: string;
  readonly #socket: Socket;
  readonly #server: DirectHttp;
  readonly #place: number;
  #current: DirectExchange | null = null;
  /** A next request has begun to arrive before the answer to this one was written. */
  #isAhead = false;
  /** Bytes of a body that nobody wanted to read. */
  #unwanted = 0;
  /** The answer under way, or the last one, said that it is the last. */
  #closing = false;
  quietSince = Date.now();

  constructor(socket: Socket, server: DirectHttp) {
    this.#socket = socket;
    this.#server = server;
    this.remoteAddress = socket.remoteAddress ?? "";
    this.#place = server.connections.add(this);
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
  }

  get isServing(): boolean {
    return this.#current !== null;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The header that says whether another request may follow. */
  persistence(): string {
    this.#closing = this.#server.isClosing;
    return this.#closing ? "connection: close\r\n" : this.#server.keepAlive;
  }

  /** The answer is written: the next request may come. */
  finished(exchange: DirectExchange): void {
    if (this.#current !== exchange) return;
    this.#current = null;
    this.#server.serving -= 1;
    this.#unwanted = exchange.bodyLeft;
    this.quietSince = Date.now();
    if (this.#closing) this.#socket.end();
    else if (this.#isAhead || this.#unwanted > 0) {
      this.#isAhead = false;
      this.#socket.resume();
    }
  }

  #onData = (bytes: Buffer): void => {
    if (this.#current === null) {
      this.#take(bytes);
      return;
    }
    const taken = this.#current.take(bytes);
    if (taken < bytes.length) this.#wait(bytes.subarray(taken));
  };

  /** Leaves with the socket what belongs to a next request, until this one is answered. */
  #wait(ahead: Buffer): void {
    this.#isAhead = true;
    this.#socket.pause();
    this.#socket.unshift(ahead);
  }

  /** Begins with the request that these bytes begin with, or leaves the connection to Node. */
  #take(arrived: Buffer): void {
    if (this.#closing) return;
    const skipped = Math.min(this.#unwanted, arrived.length);
    this.#unwanted -= skipped;
    if (skipped === arrived.length) return;
    const bytes = skipped === 0 ? arrived : arrived.subarray(skipped);
    const end = bytes.indexOf(END_OF_HEAD);
    const head = end === -1 || end > LONGEST_HEAD ? null : plainHead(bytes.toString("latin1", 0, end));
    if (head === null || !this.#server.options.isDirect(head.path)) {
      this.#handOver(bytes);
      return;
    }
    const exchange = new DirectExchange(this, this.#socket, head);
    this.#current = exchange;
    this.#server.serving += 1;
    const start = end + END_OF_HEAD.length;
    if (start < bytes.length) {
      const taken = exchange.take(bytes.subarray(start));
      if (start + taken < bytes.length) this.#wait(bytes.subarray(start + taken));
    }
    this.#server.options.serve(exchange).catch(this.#onFailure);
  }

  #onFailure = (error: unknown): void => {
    this.#socket.destroy(error instanceof Error ? error : undefined);
  };

  #onError = (): void => {
    // "close" follows, and says all that matters here.
  };

  /** The client is gone, or says nothing more: as Node's server does it, that is the same. What was written is sent. */
  #onEnd = (): void => {
    this.#socket.end();
  };

  #onClose = (): void => {
    this.#server.connections.remove(this.#place);
    const left = this.#current;
    if (left === null) return;
    this.#current = null;
    this.#server.serving -= 1;
    left.leave();
  };

  #handOver(bytes: Buffer): void {
    const socket = this.#socket;
    this.#server.connections.remove(this.#place);
    socket.off("data", this.#onData);
    socket.off("end", this.#onEnd);
    socket.off("error", this.#onError);
    socket.off("close", this.#onClose);
    socket.pause();
    socket.unshift(bytes);
    this.#server.options.otherwise(socket);
    process.nextTick(() => socket.resume());
  }
}

/** The connections whose requests are read here; see `takeOver`. */
export class DirectHttp {
  readonly options: DirectOptions;
  readonly connections = new Passing<DirectConnection>();
  readonly keepAlive: string;
  /** Requests under way. */
  serving = 0;
  /** Set at a shutdown: every answer from now on is its connection's last. */
  isClosing = false;

  constructor(options: DirectOptions) {
    this.options = options;
    this.keepAlive = `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(options.keepAliveTimeoutMs / 1_000)}\r\n`;
  }

  /** Reads what this connection brings. */
  accept(socket: Socket): void {
    new DirectConnection(socket, this);
  }

  /** Closes connections that have had no request under way for so long. */
  closeQuiet(quietMs: number): void {
    const until = Date.now() - quietMs;
    for (const connection of this.connections)
      if (!connection.isServing && connection.quietSince <= until) connection.destroy();
  }

  closeAll(): void {
    for (const connection of this.connections) connection.destroy();
  }
}

/** Puts a direct reader in front of Node's server, which goes on to serve all that is not plain. Call before it listens. */
export function takeOver(server: HttpServer, options: Omit<DirectOptions, "otherwise">): DirectHttp {
  const listeners = server.listeners("connection");
  server.removeAllListeners("connection");
  const direct = new DirectHttp({
    ...options,
    otherwise: (socket) => {
      for (const listener of listeners) Reflect.apply(listener, server, [socket]);
    },
  });
  server.on("connection", (socket: Socket) => direct.accept(socket));
  const check = setInterval(() => direct.closeQuiet(options.keepAliveTimeoutMs), IDLE_CHECK_MS).unref();
  server.on("close", () => clearInterval(check));
  return direct;
}
