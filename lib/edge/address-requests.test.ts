import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addressRequests } from "@/lib/edge/address-requests";
import { setEnvironment } from "@/lib/infra/config";

/** Answers with the address that a handler behind it sees. */
const server = createServer((request, response) => response.end(request.headers["x-forwarded-for"]));
let url: string;

beforeAll(async () => {
  setEnvironment({ TRUSTED_PROXIES: "127.0.0.1" });
  addressRequests();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
});
afterAll(() => {
  server.close();
  setEnvironment({ TRUSTED_PROXIES: undefined });
});

async function seen(forwardedFor?: string): Promise<string> {
  const headers = forwardedFor === undefined ? undefined : { "x-forwarded-for": forwardedFor };
  return (await fetch(url, headers ? { headers } : {})).text();
}

test("what a handler of Next sees as the client is the socket's address, or what a trusted proxy wrote", async () => {
  expect(await seen()).toBe("127.0.0.1");
  expect(await seen("203.0.113.9")).toBe("203.0.113.9");
  expect(await seen("1.1.1.1, 203.0.113.9")).toBe("203.0.113.9");
});
