import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { type Drain, drainable } from "@/lib/infra/http-drain";

let server: Server;
let port: number;
/** The first request has reached the server. */
let arrived: Promise<unknown>;
const agent = new Agent({ keepAlive: true });

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Drain> {
  server = createServer({ keepAliveTimeout: 60_000 });
  const drain = drainable(server);
  arrived = once(server, "request");
  server.on("request", handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  port = address.port;
  return drain;
}

async function get(path: string): Promise<{ body: string; connection: string | undefined }> {
  const sent = request({ port, path, agent }).end();
  const [response]: IncomingMessage[] = await once(sent, "response");
  if (!response) throw new Error("no answer");
  let body = "";
  for await (const part of response.setEncoding("utf8")) body += part;
  return { body, connection: response.headers.connection };
}

describe("drain", () => {
  test("finishes a stream in flight to its last byte", async () => {
    const drainer = await serve(async (_request, response) => {
      for (let part = 0; part < 5; part += 1) {
        response.write(`${part} `);
        await sleep(40);
      }
      response.end("end");
    });
    const answer = get("/");
    await arrived;
    expect(await drainer.drain(60_000)).toBe(0);
    expect((await answer).body).toBe("0 1 2 3 4 end");
  });

  test("tells a connection to close with the answer in flight", async () => {
    const drainer = await serve(async (_request, response) => {
      await sleep(100);
      response.end("late");
    });
    const answer = get("/");
    await arrived;
    await drainer.drain(60_000);
    expect(await answer).toEqual({ body: "late", connection: "close" });
  });

  test("answers a request that comes over a quiet connection just after it began", async () => {
    const drainer = await serve((_request, response) => response.end("here"));
    expect((await get("/")).connection).toBe("keep-alive");
    const drained = drainer.drain(5_000);
    await sleep(20);
    expect(await get("/")).toEqual({ body: "here", connection: "close" });
    expect(await drained).toBe(0);
  });

  test("accepts no new connection", async () => {
    const drainer = await serve((_request, response) => response.end("here"));
    await drainer.drain(5_000);
    await expect(get("/")).rejects.toThrow("ECONNREFUSED");
  });

  test("does not wait for a connection over which nothing was ever asked", async () => {
    const drainer = await serve(async (_request, response) => {
      await sleep(900);
      response.end("late");
    });
    const unused = connect(port, "127.0.0.1");
    unused.on("error", () => undefined);
    await once(unused, "connect");
    const answer = get("/");
    await arrived;
    const startedAt = performance.now();
    expect(await drainer.drain(40_000)).toBe(0);
    // Whoever waited for it would come to the limit.
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    expect((await answer).body).toBe("late");
    unused.destroy();
  });

  test("cuts off what outlasts the deadline, and says how much that was", async () => {
    const drainer = await serve(() => undefined);
    const answer = get("/").catch((error) => error.code);
    await arrived;
    expect(await drainer.drain(100)).toBe(1);
    expect(await answer).toBe("ECONNRESET");
  });
});
