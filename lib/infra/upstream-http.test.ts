import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeUpstreamPools, PrivateUpstream, postUpstream } from "@/lib/infra/upstream-http";

let server: Server;
let port: number;
let connections = 0;
const paths: (string | undefined)[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    paths.push(request.url);
    if (request.url === "/slow") return void setTimeout(() => response.end("{}"), 1_500);
    if (request.url === "/from") response.writeHead(307, { location: "/to" });
    response.end("{}");
  });
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  port = address.port;
});
afterAll(async () => {
  await closeUpstreamPools();
  server.close();
  server.closeAllConnections();
});

const post = (url: string, publicOnly: boolean) =>
  postUpstream({ url, headers: {}, body: "{}", signal: null, timeoutMs: 5_000, publicOnly, failed: (error) => error });

describe("a call to an address that a customer named", () => {
  test.each([
    ["a loopback address", "127.0.0.1"],
    ["its decimal form", "2130706433"],
    ["its octal form", "0177.0.0.1"],
    ["its short form", "127.1"],
    ["an IPv4 address in IPv6's clothes", "[::ffff:127.0.0.1]"],
    ["the unspecified address", "0.0.0.0"],
    ["a name that leads there, looked up for the connection itself", "localhost"],
  ])("never reaches %s", async (_, host) => {
    const before = connections;
    await expect(post(`http://${host}:${port}/v1/chat/completions`, true)).rejects.toThrow(PrivateUpstream);
    expect(connections).toBe(before);
  });

  test("is refused each time, also after the operator's own call to the same address", async () => {
    const url = `http://localhost:${port}/v1`;
    const answer = await post(url, false);
    expect([answer.status, await answer.text()]).toEqual([200, "{}"]);
    await expect(post(url, true)).rejects.toThrow(PrivateUpstream);
    await expect(post(url, true)).rejects.toThrow(PrivateUpstream);
  });
});

test("a redirect is an answer, and nobody follows it", async () => {
  const answer = await post(`http://127.0.0.1:${port}/from`, false);
  await answer.text();
  expect(answer.status).toBe(307);
  expect(paths).toContain("/from");
  expect(paths).not.toContain("/to");
});

test("however many addresses are called, connections stay few, and answers on their way arrive", async () => {
  const slow = post(`http://127.0.0.1:${port}/slow`, false);
  const names = Array.from({ length: 1_005 }, (_, index) => `http://127.0.0.1:${port}/${index}`);
  for (const name of names) {
    const answer = await post(name, false);
    await answer.text();
    expect(answer.status).toBe(200);
  }
  const late = await slow;
  expect([late.status, await late.text()]).toEqual([200, "{}"]);
  const open = await new Promise<number>((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
  expect(open).toBeLessThan(6);
});
