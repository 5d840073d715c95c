import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { writeStream } from "@/lib/edge/write-stream";

const NEVER = { comment: Buffer.from(": alive\n\n"), afterMs: 60_000 };

let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A request that `handler` answers, and the answer as far as its head. */
async function ask(handler: (response: ServerResponse) => void): Promise<IncomingMessage> {
  server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    handler(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sent = request({ port: (server.address() as AddressInfo).port, agent: false }).end();
  const [answer]: IncomingMessage[] = await once(sent, "response");
  if (!answer) throw new Error("no answer");
  return answer;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of answer.setEncoding("utf8")) text += part;
  return text;
}

function countWrites(response: ServerResponse): { count: number } {
  const writes = { count: 0 };
  const write = response.write;
  response.write = (...given: unknown[]): boolean => {
    writes.count += 1;
    return Reflect.apply(write, response, given);
  };
  return writes;
}

describe("writeStream", () => {
  test("writes what is there at once as one chunk, in order", async () => {
    let writes = { count: 0 };
    const answer = await ask((response) => {
      writes = countWrites(response);
      async function* body() {
        for (let part = 0; part < 20; part += 1) yield Buffer.from(`${part};`);
        await sleep(5);
        yield Buffer.from("a;");
        yield Buffer.from("b;");
      }
      void writeStream(response, body(), NEVER);
    });
    expect(await textOf(answer)).toBe(`${Array.from({ length: 20 }, (_, part) => `${part};`).join("")}a;b;`);
    expect(writes.count).toBe(2);
  });

  test("holds no part back while the next one is waited for", async () => {
    let goOn: () => void = () => undefined;
    const answer = await ask((response) => {
      async function* body() {
        yield Buffer.from("first");
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        yield Buffer.from("second");
      }
      void writeStream(response, body(), NEVER);
    });
    const [first] = await once(answer, "data");
    expect(String(first)).toBe("first");
    goOn();
    expect(await textOf(answer)).toBe("second");
  });

  test("waits for a slow reader, however much there is at once", async () => {
    let given = 0;
    const answer = await ask((response) => {
      async function* body() {
        for (; given < 2_000; given += 1) yield Buffer.alloc(16 * 1024, 120);
      }
      void writeStream(response, body(), NEVER);
    });
    answer.pause();
    await sleep(100);
    expect(given).toBeLessThan(2_000);
    expect((await textOf(answer)).length).toBe(2_000 * 16 * 1024);
  });

  test("ends the iteration where the reader has gone", async () => {
    let ended = false;
    const answer = await ask((response) => {
      async function* body() {
        try {
          for (;;) {
            yield Buffer.from("part");
            await sleep(1);
          }
        } finally {
          ended = true;
        }
      }
      void writeStream(response, body(), NEVER);
    });
    answer.destroy();
    await expect.poll(() => ended).toBe(true);
  });

  test("ends a stream that fails with what came before it", async () => {
    let failure: unknown;
    const answer = await ask((response) => {
      async function* body() {
        yield Buffer.from("before");
        throw new Error("broken");
      }
      writeStream(response, body(), NEVER).catch((error) => {
        failure = error;
      });
    });
    expect(await textOf(answer)).toBe("before");
    expect(failure).toEqual(new Error("broken"));
  });

  test("breaks silence with a comment between parts", async () => {
    let goOn: () => void = () => undefined;
    const answer = await ask((response) => {
      async function* body() {
        yield Buffer.from("a\n\n");
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        yield Buffer.from("b\n\n");
      }
      void writeStream(response, body(), { ...NEVER, afterMs: 30 });
    });
    let text = "";
    answer.on("data", (part) => {
      text += part;
      if (text.includes("alive")) goOn();
    });
    await once(answer, "end");
    expect(text).toMatch(/^a\n\n(?:: alive\n\n)+b\n\n$/);
  });
});
