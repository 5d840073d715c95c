import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pagesAt } from "@/lib/edge/pages";

let folder: string;
let pages: Server;
let front: Server;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "turnpike-pages-test-"));
  const socketPath = path.join(folder, "pages");
  pages = createServer((request, response) =>
    response.end(JSON.stringify(request.headersDistinct["x-forwarded-for"])),
  ).listen(socketPath);
  await once(pages, "listening");
  const listener = pagesAt(socketPath, ({ socket }) => socket.remoteAddress ?? "");
  front = createServer(listener).listen(0, "127.0.0.1");
  await once(front, "listening");
  const address = front.address();
  url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/`;
});
afterAll(async () => {
  front.closeAllConnections();
  pages.closeAllConnections();
  front.close();
  pages.close();
  await rm(folder, { recursive: true, force: true });
});

test("security: pages see the client's own address, whatever it writes into X-Forwarded-For", async () => {
  expect(await (await fetch(url)).json()).toEqual(["127.0.0.1"]);
  const forged = await fetch(url, { headers: { "X-Forwarded-For": "203.0.113.9, 10.0.0.1" } });
  expect(await forged.json()).toEqual(["127.0.0.1"]);
});
