import { createServer, type Socket } from "node:net";
import { type Message, MessageReader } from "./http-messages";
import { ANSWER_MARK, CHUNK_TEXT } from "./workload";

/*
 * The constant upstream: an OpenAI-compatible provider that answers at once with bytes made beforehand. It reads HTTP
 * off the socket itself, because Node's HTTP server would take a third of the core it shares with the load generator
 * and the database, and the bench would measure that instead of a gateway.
 *
 *   POST …/chat/completions   one fixed answer; with "stream": true a fixed number of chunks
 *   GET  /stats               the calls answered so far by the provider key they came with, {"sk-bench-bare": 120, …};
 *                             streamed ones count when their last byte is written
 *
 * `[[chunks:50]]` and `[[gap:20]]` (milliseconds between chunks; 0: all at once, each written by itself) anywhere in the
 * body steer a stream. Chunk n is due n gaps after the call came, so a busy machine makes no stream longer than it is.
 */

const CREATED = 1_763_000_000;
const MODEL = "gpt-4o-mini-2024-07-18";
const ID = "chatcmpl-bench0000000000000000000001";
const USAGE = {
  prompt_tokens: 34,
  completion_tokens: 24,
  total_tokens: 58,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};

const CHUNKS = 20;
const GAP_MS = 0;

const answered: Record<string, number> = {};

function jsonResponse(body: string, status = "200 OK"): Buffer {
  return Buffer.from(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

const COMPLETION = jsonResponse(
  JSON.stringify({
    id: ID,
    object: "chat.completion",
    created: CREATED,
    model: MODEL,
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: `The ${ANSWER_MARK} of the bench.`, refusal: null },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage: USAGE,
    service_tier: "default",
    system_fingerprint: "fp_bench",
  }),
);
const NOT_FOUND = jsonResponse('{"error":{"message":"not found","type":"invalid_request_error"}}', "404 Not Found");

const STREAM_HEAD = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n",
);

function httpChunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

function event(choices: unknown[], usage?: typeof USAGE): Buffer {
  const chunk = {
    id: ID,
    object: "chat.completion.chunk",
    created: CREATED,
    model: MODEL,
    choices,
    ...(usage && { usage }),
  };
  return httpChunk(`data: ${JSON.stringify(chunk)}\n\n`);
}

const DELTA = event([{ index: 0, delta: { content: CHUNK_TEXT }, logprobs: null, finish_reason: null }]);
const STREAM_START = event([
  { index: 0, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null },
]);
const STREAM_STOP = event([{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }]);
const STREAM_USAGE = event([], USAGE);
const STREAM_END = Buffer.concat([httpChunk("data: [DONE]\n\n"), Buffer.from("0\r\n\r\n")]);

function directive(body: string, name: string, otherwise: number): number {
  const value = new RegExp(`\\[\\[${name}:(\\d+)\\]\\]`).exec(body)?.[1];
  return value === undefined ? otherwise : Number(value);
}

function count(key: string): void {
  answered[key] = (answered[key] ?? 0) + 1;
}

function stream(socket: Socket, key: string, body: string): void {
  const chunks = directive(body, "chunks", CHUNKS);
  const gapMs = directive(body, "gap", GAP_MS);
  const startedAt = performance.now();
  let sent = 0;

  function next(): void {
    if (socket.destroyed) return;
    socket.write(DELTA);
    sent += 1;
    if (sent === chunks) end();
    else if (gapMs > 0) wait();
  }

  function wait(): void {
    setTimeout(next, startedAt + (sent + 1) * gapMs - performance.now());
  }

  function end(): void {
    socket.write(STREAM_STOP);
    if (/"include_usage" *: *true/.test(body)) socket.write(STREAM_USAGE);
    socket.write(STREAM_END);
    count(key);
  }

  socket.write(STREAM_HEAD);
  socket.write(STREAM_START);
  if (gapMs > 0) wait();
  else while (sent < chunks && !socket.destroyed) next();
}

function respond(socket: Socket, { head, body }: Message): void {
  const path = head.slice(0, head.indexOf(" HTTP/"));
  if (path === "GET /stats") {
    socket.write(jsonResponse(JSON.stringify(answered)));
  } else if (!path.startsWith("POST ") || !path.endsWith("/chat/completions")) {
    socket.write(NOT_FOUND);
  } else {
    const key = /\r\nauthorization: *Bearer ([^\r]+)/i.exec(head)?.[1] ?? "none";
    const text = body.toString("latin1");
    if (/"stream" *: *true/.test(text)) stream(socket, key, text);
    else {
      count(key);
      socket.write(COMPLETION);
    }
  }
}

const server = createServer({ noDelay: true }, (socket) => {
  const reader = new MessageReader("request", { message: (message) => respond(socket, message) });
  socket.on("data", (read) => {
    try {
      reader.push(read);
    } catch {
      socket.destroy();
    }
  });
  // A gateway may hang up at any time, and 'close' follows by itself.
  socket.on("error", () => {});
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") console.log(`ready ${address.port}`);
});
