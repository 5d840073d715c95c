import { createServer, type IncomingHttpHeaders } from "node:http";
import { Pool } from "undici";

/*
 * The yardstick for "what no checking at all costs": Node's HTTP server in, an undici pool out, bodies piped through.
 * It reads nothing, checks nothing and records nothing. UPSTREAM_PORT names the constant upstream. A yardstick has to be
 * a good one: `pipe` with two listeners does twice the requests of `stream.pipeline` here, so this uses `pipe`.
 */

const HOP_BY_HOP = new Set(["connection", "host", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer"]);

const pool = new Pool(`http://127.0.0.1:${process.env.UPSTREAM_PORT}`, { pipelining: 1 });

function forwardable(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept: IncomingHttpHeaders = {};
  for (const name in headers) {
    if (!HOP_BY_HOP.has(name)) kept[name] = headers[name];
  }
  return kept;
}

const server = createServer(async (request, response) => {
  try {
    const answer = await pool.request({
      method: request.method === "POST" ? "POST" : "GET",
      path: request.url ?? "/",
      headers: forwardable(request.headers),
      body: request.method === "POST" ? request : null,
    });
    response.writeHead(answer.statusCode, forwardable(answer.headers));
    answer.body.on("error", () => response.destroy());
    response.on("close", () => answer.body.destroy());
    answer.body.pipe(response);
  } catch {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  }
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") console.log(`ready ${address.port}`);
});
