import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { makeTenant } from "@/lib/testing/builders";
import { ask, auditMoney, chatBody, DOORS, eventually, receiptOf, untilSettled } from "@/lib/testing/gateway";
import { type RunningServer, type ServerOptions, startServer } from "@/lib/testing/server";
import { useTestDatabase } from "@/lib/testing/test-database";

const METRICS_TOKEN = "a-token-for-tests";

let database: ScratchDatabase;
let folder: string;
const servers: RunningServer[] = [];

beforeAll(async () => {
  database = await useTestDatabase();
  folder = await mkdtemp(path.join(tmpdir(), "turnpike-operations-"));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function start({ env, ...options }: ServerOptions): Promise<RunningServer> {
  const server = await startServer({ pages: false, ...options, env: { DATABASE_URL: database.url, ...env } });
  servers.push(server);
  return server;
}

const echo = chatBody({ model: "simulator/echo" });

describe.each(DOORS)("/metrics at the %s door", (door) => {
  test("is nothing where nobody asked for metrics", async () => {
    const server = await start({ door });
    expect((await ask(server, { path: "/metrics" })).status).toBe(404);
    expect((await ask(server, { path: "/metrics", secret: "undefined" })).status).toBe(404);
  });

  test("tells whoever has the token what was answered, admitted, settled and asked of providers", async () => {
    const server = await start({ door, env: { METRICS_TOKEN } });
    const { secret } = await makeTenant({ environment: "test" });
    for (let call = 0; call < 3; call += 1) expect((await ask(server, { secret, body: echo })).status).toBe(200);
    expect((await ask(server, { path: "/metrics" })).status).toBe(401);
    expect((await ask(server, { path: "/metrics", secret: `${METRICS_TOKEN}x` })).status).toBe(401);
    await untilSettled();
    // A hold is let go of a moment after its settle can be read.
    const { status, headers, text } = await eventually(
      () => ask(server, { path: "/metrics", secret: METRICS_TOKEN }),
      (told) => told.text.includes("\nturnpike_open_holds 0\n"),
    );
    expect(status).toBe(200);
    expect(headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const figure = (line: string) =>
      Number(
        text
          .split("\n")
          .find((one) => one.startsWith(`${line} `))
          ?.split(" ")
          .at(-1),
      );
    expect(figure('turnpike_requests_total{endpoint="chat/completions",status="200"}')).toBe(3);
    expect(figure('turnpike_upstream_seconds_count{provider="simulator",outcome="served"}')).toBe(3);
    expect(figure('turnpike_upstream_seconds_bucket{provider="simulator",outcome="served",le="+Inf"}')).toBe(3);
    expect(figure('turnpike_batch_size_sum{stage="admit"}')).toBe(3);
    expect(figure('turnpike_batch_size_sum{stage="settle"}')).toBe(3);
    expect(figure('turnpike_batch_seconds_count{stage="admit"}')).toBeGreaterThan(0);
    expect(figure('turnpike_queue_length{stage="admit"}')).toBe(0);
    expect(figure("turnpike_open_holds")).toBe(0);
    expect(figure("process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
    expect(text).not.toContain(secret);
  });
});

describe("turnpike.yml", () => {
  test("sets what flags and environment leave, provider keys too, in every process", async () => {
    const file = path.join(folder, "turnpike.yml");
    const values = ["metrics: public", "port: 1", "brute_force: {enabled: false}", "max_body_bytes: $" + "{LARGEST}"];
    await writeFile(file, `${values.join("\n")}\n`);
    const env = { LARGEST: "2048", WEB_CONCURRENCY: "2" };
    const server = await start({ env, args: ["--config", file] });
    expect((await ask(server, { path: "/metrics" })).status).toBe(200);
    expect((await ask(server, { path: "/metrics" })).text).toMatch(/worker="\d"/);
    const { secret } = await makeTenant({ environment: "test" });
    const large = chatBody({ messages: [{ role: "user", content: "x".repeat(4_000) }] });
    expect((await ask(server, { secret, body: large })).status).toBe(413);
    expect((await fetch(`${server.url}/sign-in`)).status).toBe(200);
  });

  test("is read by next start as well", async () => {
    const file = path.join(folder, "next.yml");
    await writeFile(file, "metrics: public\n");
    const server = await start({ door: "next", env: { TURNPIKE_CONFIG: file } });
    expect((await ask(server, { path: "/metrics" })).status).toBe(200);
  });
});

describe("without authentication", () => {
  test("everyone on this machine is the local user of the default project, and nobody else is served", async () => {
    const server = await start({ env: { HOST: "0.0.0.0" }, args: ["--disable-auth"] });
    expect(server.output()).toContain("Warning: authentication is off");
    for (const secret of [undefined, "sk-whatever-a-client-must-send"]) {
      const answer = await ask(server, { body: echo, ...(secret === undefined ? {} : { secret }) });
      expect(answer.status).toBe(200);
      const { id } = await receiptOf(answer.headers.get("x-generation-id"));
      const { rows } = await pool().query(
        "SELECT k.kind, p.is_default FROM request r JOIN api_key k ON k.id = r.api_key_id JOIN project p ON p.id = r.project_id WHERE r.id = $1",
        [id],
      );
      expect(rows).toEqual([{ kind: "local", is_default: true }]);
    }
    expect((await ask(server, { path: "/v1/models" })).status).toBe(200);
    expect((await ask(server, { path: "/v1/keys" })).json).toEqual([]);
    const foreign = { body: echo, headers: { origin: "https://evil.example" } };
    expect((await ask(server, foreign)).status).toBe(403);

    const { port } = new URL(server.url);
    const outward = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .find((one) => !one.internal && one.family === "IPv4");
    if (outward) {
      const [refusal] = await once(connect(Number(port), outward.address), "error");
      expect(refusal).toMatchObject({ code: "ECONNREFUSED" });
    }
    await untilSettled();
    expect(await auditMoney()).toEqual([]);
  });

  test("next start says why it cannot be, and ends", async () => {
    await expect(start({ door: "next", env: { DISABLE_AUTH: "true" } })).rejects.toThrow(
      /DISABLE_AUTH needs npm start: next start listens where it is told, for everyone/,
    );
  });
});

test("a request for * is no fault of the server's", async () => {
  const server = await start({});
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.write("GET * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  let text = "";
  for await (const part of socket) text += String(part);
  expect(text).toMatch(/^HTTP\/1\.1 400 /);
});
