import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ensureDatabase } from "@/lib/infra/embedded-postgres";
import { projectRoot } from "@/lib/infra/project-root";

/** Most tests begin with what the one before has left, as an installation's starts do: making a cluster takes its time. */
let folder: string;
let script: string;
const folders: string[] = [];
const children: ChildProcess[] = [];

async function makeFolder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), "turnpike-embedded-"));
  folders.push(made);
  await chmod(made, 0o711);
  return made;
}

/** A process of its own that uses the database until it is told to end. */
beforeAll(async () => {
  folder = await makeFolder();
  script = path.join(projectRoot(), "dist", "test-scripts", `hold-database-${process.pid}.mjs`);
  await build({
    stdin: {
      contents: `import { ensureDatabase } from "@/lib/infra/embedded-postgres";
        const database = await ensureDatabase(process.argv[2]);
        process.stdout.write(database.started ? "started" : "found");
        process.stdin.once("end", () => database.stop()).resume();`,
      resolveDir: projectRoot(),
      loader: "ts",
    },
    alias: { "@": projectRoot() },
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile: script,
    logLevel: "error",
  });
});

afterAll(async () => {
  await rm(script, { force: true });
  for (const made of folders) await rm(made, { recursive: true, force: true });
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  // Whatever a failed test left running ends with its last user.
  for (const made of folders)
    if (existsSync(path.join(made, "postgres", "postmaster.pid"))) await (await ensureDatabase(made)).stop();
});

async function holdElsewhere(): Promise<{ process: ChildProcess; said: string }> {
  const child = spawn(process.execPath, [script, folder], { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  const [said] = await once(child.stdout, "data");
  return { process: child, said: String(said) };
}

async function postmasterId(): Promise<number> {
  return Number((await readFile(path.join(folder, "postgres", "postmaster.pid"), "utf8")).split("\n")[0]);
}

async function setting(url: string, name: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query("select current_setting($1) as value", [name])).rows[0]?.value;
  } finally {
    await client.end();
  }
}

describe("ensureDatabase", () => {
  test("starts a database that listens on the loopback alone, in UTF-8 and UTC, and writes through", async () => {
    const database = await ensureDatabase(folder);
    expect(database.started).toBe(true);
    const names = ["listen_addresses", "unix_socket_directories", "server_encoding", "TimeZone", "fsync"];
    const values = await Promise.all(names.map((name) => setting(database.url, name)));
    expect(values).toEqual(["127.0.0.1", "", "UTF8", "UTC", "on"]);
    await database.stop();
    await expect(setting(database.url, "fsync")).rejects.toThrow("ECONNREFUSED");
  });

  test("keeps its password to its owner, and refuses a wrong one", async () => {
    const database = await ensureDatabase(folder);
    expect((await stat(path.join(folder, "postgres-password"))).mode & 0o777).toBe(0o600);
    const wrong = new URL(database.url);
    wrong.password = "wrong";
    await expect(setting(wrong.href, "fsync")).rejects.toThrow("password authentication failed");
    await database.stop();
  });

  test("uses a database that runs already, and the last user of all stops it", async () => {
    const other = await holdElsewhere();
    expect(other.said).toBe("started");
    const database = await ensureDatabase(folder);
    expect(database.started).toBe(false);
    other.process.stdin?.end();
    await once(other.process, "exit");
    expect(await setting(database.url, "fsync")).toBe("on");
    await database.stop();
    await expect(setting(database.url, "fsync")).rejects.toThrow("ECONNREFUSED");
  });

  test("is one database for starts at the same moment", async () => {
    const fresh = await makeFolder();
    const all = await Promise.all([1, 2, 3].map(() => ensureDatabase(fresh)));
    expect(all.filter((database) => database.started)).toHaveLength(1);
    expect(new Set(all.map((database) => database.url)).size).toBe(1);
    for (const database of all) await database.stop();
  });

  test("takes over a database whose starter was killed, and stops it in the end", async () => {
    const other = await holdElsewhere();
    other.process.kill("SIGKILL");
    await once(other.process, "exit");
    const database = await ensureDatabase(folder);
    expect(database.started).toBe(false);
    await database.stop();
    await expect(setting(database.url, "fsync")).rejects.toThrow("ECONNREFUSED");
  });

  test("recovers when everything was killed at once", async () => {
    const other = await holdElsewhere();
    process.kill(await postmasterId(), "SIGKILL");
    other.process.kill("SIGKILL");
    await once(other.process, "exit");
    const database = await ensureDatabase(folder);
    expect(await setting(database.url, "fsync")).toBe("on");
    await database.stop();
  });

  test("is not misled by a postmaster.pid whose number belongs to another process now", async () => {
    await (await ensureDatabase(folder)).stop();
    const file = path.join(folder, "postgres", "postmaster.pid");
    await writeFile(file, `${process.pid}\n${folder}/postgres\n1\n5432\n\n127.0.0.1\n`);
    const database = await ensureDatabase(folder);
    expect(await setting(database.url, "fsync")).toBe("on");
    await database.stop();
  });

  test("starts it again on the same port when it ends unasked and was to be kept running", async () => {
    const database = await ensureDatabase(folder, { keepRunning: true });
    process.kill(await postmasterId(), "SIGKILL");
    await expect.poll(() => setting(database.url, "fsync").catch(() => "down"), { timeout: 60_000 }).toBe("on");
    await database.stop();
    await expect(setting(database.url, "fsync")).rejects.toThrow("ECONNREFUSED");
  });

  test("says in one line what to do when the password is lost", async () => {
    await (await ensureDatabase(folder)).stop();
    const password = path.join(folder, "postgres-password");
    await rename(password, `${password}.lost`);
    await expect(ensureDatabase(folder)).rejects.toThrow(/postgres-password is missing.*begin anew\.$/);
    await rename(`${password}.lost`, password);
  });
});
