import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { devNull, tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { plainEnvironment } from "@/lib/infra/config";
import { closeDatabase } from "@/lib/infra/db";
import { ensureDatabase } from "@/lib/infra/embedded-postgres";
import { projectRoot } from "@/lib/infra/project-root";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { makeTenant } from "@/lib/testing/builders";
import { freePort } from "@/lib/testing/free-port";
import { eventually } from "@/lib/testing/gateway";
import { type RunningServer, startServer } from "@/lib/testing/server";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
let folder: string;
const servers: RunningServer[] = [];

beforeAll(async () => {
  database = await useTestDatabase();
  folder = await mkdtemp(path.join(tmpdir(), "turnpike-start-"));
  await chmod(folder, 0o711);
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

afterAll(async () => {
  await closeDatabase();
  await database.drop();
  await (await ensureDatabase(folder)).stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(env: Record<string, string>, pages = true): Promise<RunningServer> {
  const server = await startServer({ env, pages });
  servers.push(server);
  return server;
}

/** Starts a server that is expected to give up; what it then says, and its exit code. */
async function failingStart(
  env: Record<string, string>,
  args: string[] = [],
): Promise<{ said: string; code: unknown }> {
  const child = spawn(process.execPath, [path.join(projectRoot(), "dist", "server.mjs"), ...args], {
    cwd: projectRoot(),
    env: { ...plainEnvironment(), NODE_ENV: "production", DATA_DIR: folder, TURNPIKE_CONFIG: devNull, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = await once(child, "close");
  return { said: said.trim(), code };
}

const oneLine = /^[^\n]+$/;

describe("a start that cannot be", () => {
  test("says in one line that the port is in use, and names another", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const { said, code } = await failingStart({ PORT: String(port) });
    other.close();
    expect(said).toMatch(oneLine);
    expect(said).toBe(
      `Port ${port} is in use: stop what listens there, or take another one with: npm start -- --port ${port + 1}`,
    );
    expect(code).toBe(1);
  });

  test("says in one line that the database is not there, without its password", async () => {
    const { said, code } = await failingStart({
      DATABASE_URL: "postgresql://someone:hunter2@127.0.0.1:1/x",
      NEXTAUTH_SECRET: "a secret for this test",
      ENCRYPTION_KEY: Buffer.alloc(32).toString("base64"),
    });
    expect(said).toMatch(oneLine);
    expect(said).toMatch(/^PostgreSQL at 127\.0\.0\.1:1 cannot be reached/);
    expect(said).not.toContain("hunter2");
    expect(code).toBe(1);
  });

  test.each([
    [{ DATABASE_URL: "postgresql://a@127.0.0.1/x" }, [], "NEXTAUTH_SECRET must be set"],
    [{ GATEWAY_MASTER_KEY: "too short" }, [], "GATEWAY_MASTER_KEY must have 32 characters or more"],
    [{}, ["--config", "/nowhere/turnpike.yml"], "The settings file /nowhere/turnpike.yml is not there"],
    [{}, ["--prot", "1"], "Unknown option '--prot'. Flags: --config"],
    [{ DATA_DIR: "/dev/null/data" }, [], "The data folder /dev/null/data cannot be written"],
  ])("says what is wrong with %o %o", async (env, args, expected) => {
    const { said, code } = await failingStart(env, args);
    expect(said).toMatch(oneLine);
    expect(said).toContain(expected);
    expect(code).toBe(1);
  });

  test("says where Turnpike already runs on the same data folder", async () => {
    const first = await start({ DATA_DIR: folder }, false);
    const { said, code } = await failingStart({ PORT: String(await freePort()) });
    expect(said).toBe(
      `Turnpike already runs on the data folder ${folder}: ${first.url}. Stop it first, or set DATA_DIR to another folder.`,
    );
    expect(code).toBe(1);
    expect((await fetch(`${first.url}/health/readiness`)).status).toBe(200);
  });
});

describe("the embedded database", () => {
  test("is stopped with the server, and survives it being killed", async () => {
    const first = await start({ DATA_DIR: folder });
    expect(await first.stop("SIGKILL")).toBeNull();
    const second = await start({ DATA_DIR: folder }, false);
    expect((await fetch(`${second.url}/health/readiness`)).status).toBe(200);
    expect(await second.stop()).toBe(0);
    const afterwards = await ensureDatabase(folder);
    expect(afterwards.started).toBe(true);
    await afterwards.stop();
  });
});

/** What a new connection meets: `connected`, or the code of its error. */
function tryToConnect(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve("connected");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

/** Asks for an answer that is streamed for about two seconds; resolves when it has begun. */
function streamSlowly(server: RunningServer, secret: string): Promise<Response> {
  return fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "simulator/echo",
      stream: true,
      max_tokens: 64,
      messages: [{ role: "user", content: "[[tokens:20]] [[gap:100]]" }],
    }),
  });
}

describe.each([
  ["one process", {}],
  ["several processes", { WEB_CONCURRENCY: "2" }],
])("SIGTERM to %s", (_what, concurrency) => {
  test("lets every request in flight finish, accepts no new connection, and ends with code 0", async () => {
    const { secret } = await makeTenant({ environment: "test" });
    const server = await start({ DATABASE_URL: database.url, ...concurrency });
    const answers = await Promise.all(Array.from({ length: 10 }, () => streamSlowly(server, secret)));
    const code = server.stop("SIGTERM");
    await eventually(
      () => tryToConnect(Number(new URL(server.url).port)),
      (outcome) => outcome === "ECONNREFUSED",
    );
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(await answer.text()).toMatch(/data: \[DONE\]\s*$/);
    }
    expect(await code).toBe(0);
  });
});
