import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@/lib/testing/free-port";
import { registerSecret } from "@/lib/testing/leaks";

/** How the upstream answers one call. What is left out: status 200, at once, whole or streamed as the call asks. */
export interface UpstreamScript {
  status?: number;
  /** Added to the answer's headers. */
  headers?: Record<string, string>;
  /** This text and nothing else, instead of what the path gives. */
  body?: string;
  /** These bytes, each a chunk of a stream, instead of what the path gives. */
  chunks?: readonly (string | Uint8Array)[];
  /** The answer's text, a piece for each chunk of a stream. */
  pieces?: readonly string[];
  /** null: reports none. */
  usage?: Record<string, unknown> | null;
  /** Milliseconds before the answer's head. */
  delayMs?: number;
  /** Milliseconds before each chunk but the first. */
  gapMs?: number;
  /** Resets the connection after so many chunks of a stream; 0: instead of any answer. */
  breakAfter?: number;
  /** Sends no more after so many chunks of a stream, and keeps the connection; 0: sends nothing at all. */
  hangAfter?: number;
  /** Tells calls apart, see `callOf`. */
  mark?: string;
}

/** One call as it arrived, and what became of it. */
export interface UpstreamCall {
  path: string;
  headers: IncomingHttpHeaders;
  /** The body's text, byte for byte. */
  body: string;
  /** running; answered: sent to its end; broken: by the script; closed: the client ended it before its end. */
  state: "running" | "answered" | "broken" | "closed";
  /** Chunks of a stream that were sent, the usage chunk and `[DONE]` not counted. */
  chunksSent: number;
}

/** An OpenAI-compatible provider under the control of a test. */
export interface TestUpstream {
  /** The base URL, `http://127.0.0.1:<port>/v1`. */
  url: string;
  /** Every call since the start or the last `reset`, in the order of arrival. */
  calls: UpstreamCall[];
  /** Decides how a call is answered; `reset` puts back the one that follows the script in the last message, if any. */
  respond: (call: UpstreamCall) => UpstreamScript;
  /** The call whose script has this mark. */
  callOf(mark: string): UpstreamCall | undefined;
  reset(): void;
  /** Connections that are open now. */
  connections(): number;
  close(): Promise<void>;
}

/** What the plain answer says, and reports as used. */
export const PLAIN_PIECES = ["Hello", " from", " the", " test", " upstream", "."] as const;
export const PLAIN_USAGE = { prompt_tokens: 11, completion_tokens: 6, total_tokens: 17 } as const;

/** The vector of every input, of numbers that 32 bits hold exactly, and what an embeddings call reports as used. */
export const PLAIN_VECTOR = [0.25, -0.5, 0.125] as const;
export const PLAIN_EMBEDDING_USAGE = { prompt_tokens: 8, total_tokens: 8 } as const;

const CREATED = 1_760_000_000;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function modelOf(value: unknown): string {
  return typeof value === "object" && value !== null && "model" in value && typeof value.model === "string"
    ? value.model
    : "unknown";
}

function has(value: unknown, path: readonly string[]): boolean {
  let current = value;
  for (const name of path) {
    if (typeof current !== "object" || current === null) return false;
    current = Reflect.get(current, name);
  }
  return current === true;
}

/** Chat completions, OpenAI's older completions, or embeddings: the path tells. */
type Kind = "chat" | "text" | "embeddings";

function kindOf({ path }: UpstreamCall): Kind {
  if (path.endsWith("/embeddings")) return "embeddings";
  return path.endsWith("/chat/completions") ? "chat" : "text";
}

function usageOf(kind: Kind, script: UpstreamScript): Record<string, unknown> | null {
  if (script.usage !== undefined) return script.usage;
  return kind === "embeddings" ? PLAIN_EMBEDDING_USAGE : PLAIN_USAGE;
}

function embeddingsAnswer(model: string, body: unknown, usage: Record<string, unknown> | null): string {
  const asked: { input?: unknown; encoding_format?: string } = typeof body === "object" && body !== null ? body : {};
  const inputs = Array.isArray(asked.input) && typeof asked.input[0] !== "number" ? asked.input : [asked.input];
  const embedding =
    asked.encoding_format === "base64"
      ? Buffer.from(Float32Array.from(PLAIN_VECTOR).buffer).toString("base64")
      : PLAIN_VECTOR;
  return JSON.stringify({
    object: "list",
    data: inputs.map((_, index) => ({ object: "embedding", index, embedding })),
    model,
    ...(usage === null ? {} : { usage }),
  });
}

function wholeAnswer(kind: Kind, body: unknown, script: UpstreamScript): string {
  const model = modelOf(body);
  const usage = usageOf(kind, script);
  if (kind === "embeddings") return embeddingsAnswer(model, body, usage);
  const content = (script.pieces ?? PLAIN_PIECES).join("");
  if (kind === "text") {
    return JSON.stringify({
      id: "cmpl-test",
      object: "text_completion",
      created: CREATED,
      model,
      choices: [{ text: content, index: 0, logprobs: null, finish_reason: "stop" }],
      ...(usage === null ? {} : { usage }),
    });
  }
  return JSON.stringify({
    id: "chatcmpl-test",
    object: "chat.completion",
    created: CREATED,
    model,
    choices: [{ index: 0, message: { role: "assistant", content }, logprobs: null, finish_reason: "stop" }],
    ...(usage === null ? {} : { usage }),
    system_fingerprint: "fp_test",
  });
}

function textChunk(model: string, text: string, finishReason: string | null): string {
  const choices = [{ text, index: 0, logprobs: null, finish_reason: finishReason }];
  return JSON.stringify({ id: "cmpl-test", object: "text_completion", created: CREATED, model, choices });
}

function chunk(model: string, delta: object, finishReason: string | null): string {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }];
  return JSON.stringify({ id: "chatcmpl-test", object: "chat.completion.chunk", created: CREATED, model, choices });
}

async function pause(ms: number, ended: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal: ended }).catch(() => undefined);
}

/** Waits until the client is gone. */
async function hang(ended: AbortSignal): Promise<void> {
  if (!ended.aborted) await once(ended, "abort");
}

function breakOff(call: UpstreamCall, response: ServerResponse): void {
  call.state = "broken";
  response.socket?.resetAndDestroy();
}

/** Sends the chunks as the script says; whether all of them went out. */
async function sendChunks(
  chunks: readonly (string | Uint8Array)[],
  call: UpstreamCall,
  script: UpstreamScript,
  response: ServerResponse,
  ended: AbortSignal,
): Promise<boolean> {
  response.writeHead(script.status ?? 200, { "content-type": "text/event-stream", ...script.headers });
  response.flushHeaders();
  for (const chunk of chunks) {
    if (script.hangAfter === call.chunksSent) await hang(ended);
    if (script.breakAfter === call.chunksSent) {
      // What was written must be on its way before the reset.
      await pause(30, ended);
      breakOff(call, response);
      return false;
    }
    if (call.chunksSent > 0) await pause(script.gapMs ?? 0, ended);
    if (ended.aborted) return false;
    response.write(chunk);
    call.chunksSent += 1;
  }
  return true;
}

async function stream(call: UpstreamCall, script: UpstreamScript, response: ServerResponse, ended: AbortSignal) {
  const body: unknown = JSON.parse(call.body);
  const model = modelOf(body);
  const kind = kindOf(call);
  const pieces = script.pieces ?? PLAIN_PIECES;
  const chunks =
    kind === "text"
      ? [...pieces.map((text) => textChunk(model, text, null)), textChunk(model, "", "stop")]
      : [
          chunk(model, { role: "assistant", content: "" }, null),
          ...pieces.map((content) => chunk(model, { content }, null)),
          chunk(model, {}, "stop"),
        ];
  const events = chunks.map((data) => `data: ${data}\n\n`);
  if (!(await sendChunks(events, call, script, response, ended))) return;
  const usage = usageOf(kind, script);
  if (usage !== null && has(body, ["stream_options", "include_usage"])) {
    const frame =
      kind === "text"
        ? { id: "cmpl-test", object: "text_completion" }
        : { id: "chatcmpl-test", object: "chat.completion.chunk" };
    const last = { ...frame, created: CREATED, model, choices: [], usage };
    response.write(`data: ${JSON.stringify(last)}\n\n`);
  }
  response.end("data: [DONE]\n\n");
}

async function answer(call: UpstreamCall, script: UpstreamScript, response: ServerResponse, ended: AbortSignal) {
  await pause(script.delayMs ?? 0, ended);
  if (ended.aborted) return;
  if (script.hangAfter === 0) return hang(ended);
  if (script.breakAfter === 0) return breakOff(call, response);
  if (script.chunks) {
    if (await sendChunks(script.chunks, call, script, response, ended)) response.end();
    return;
  }
  const ok = (script.status ?? 200) < 300;
  if (script.body === undefined && ok) {
    const body: unknown = JSON.parse(call.body);
    if (has(body, ["stream"])) return stream(call, script, response, ended);
    response.writeHead(script.status ?? 200, { "content-type": "application/json", ...script.headers });
    response.end(wholeAnswer(kindOf(call), body, script));
    return;
  }
  const refusal = {
    error: { message: `The test upstream answers ${script.status}.`, type: "test", param: null, code: null },
  };
  response.writeHead(script.status ?? 200, { "content-type": "application/json", ...script.headers });
  response.end(script.body ?? JSON.stringify(refusal));
}

/** A user message that tells the upstream how to answer this very request. */
export function scripted(script: UpstreamScript): { role: "user"; content: string } {
  return { role: "user", content: JSON.stringify(script) };
}

function scriptIn(call: UpstreamCall): UpstreamScript {
  const body: { messages?: { content?: unknown }[] } = JSON.parse(call.body);
  const content = body.messages?.at(-1)?.content;
  return typeof content === "string" && content.startsWith("{") ? JSON.parse(content) : {};
}

/** An upstream that does not listen yet: its `url` is there once `listen` has resolved. */
export function makeUpstream(): { upstream: TestUpstream; listen: () => Promise<void> } {
  const sockets = new Set<Socket>();
  const upstream: TestUpstream = {
    url: "",
    calls: [],
    respond: scriptIn,
    callOf: (mark) => upstream.calls.find((call) => call.body.includes(mark)),
    reset() {
      upstream.calls = [];
      upstream.respond = scriptIn;
    },
    connections: () => sockets.size,
    async close() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const { url = "", headers } = request;
    const call: UpstreamCall = { path: url, headers, body: "", state: "running", chunksSent: 0 };
    const ended = new AbortController();
    response.once("close", () => {
      if (call.state === "running") call.state = response.writableFinished ? "answered" : "closed";
      ended.abort();
    });
    try {
      for (const name of ["authorization", "x-api-key", "api-key"])
        registerSecret(String(headers[name] ?? "").replace(/^Bearer /, ""));
      call.body = await bodyOf(request);
      upstream.calls.push(call);
      await answer(call, upstream.respond(call), response, ended.signal);
    } catch {
      // The client broke off while it was sending; there is nobody to answer.
      response.destroy();
    }
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const listen = async () => {
    const port = await freePort();
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    upstream.url = `http://127.0.0.1:${port}/v1`;
  };
  return { upstream, listen };
}

/** Starts an upstream on a free port of 127.0.0.1. */
export async function startUpstream(): Promise<TestUpstream> {
  const { upstream, listen } = makeUpstream();
  await listen();
  return upstream;
}
