import { createHash } from "node:crypto";
import { existsSync, readFileSync, unlinkSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inRoot, prismaEnvironment, programs, root } from "./project.mjs";
import { clearStamp, hashOf, setStamp, stampOf } from "./stamp.mjs";
import { runQuietly, step } from "./step.mjs";

/** How npm is run: the npm that runs us, else the one on the path. @returns {[command: string, args: string[]]} */
function npm() {
  const running = process.env.npm_execpath;
  if (running && /npm-cli\.[cm]?js$/.test(running)) return [process.execPath, [running]];
  return process.platform === "win32" ? ["cmd.exe", ["/d", "/s", "/c", "npm"]] : ["npm", []];
}

/**
 * Whether node_modules holds what the lockfile says, going by the list that npm itself keeps there: for packages that
 * somebody installed by hand. What is optional may be missing, since it may be for another machine.
 */
async function isInstalledByHand() {
  /** @param {string} file @returns {Promise<Record<string, { version?: string, optional?: boolean }>>} */
  const packagesOf = async (file) => JSON.parse(await readFile(inRoot(file), "utf8")).packages;
  try {
    const found = await packagesOf("node_modules/.package-lock.json");
    return Object.entries(await packagesOf("package-lock.json")).every(
      ([name, { version, optional }]) => name === "" || found[name]?.version === version || (optional && !found[name]),
    );
  } catch {
    return false;
  }
}

/** Installs the packages that the lockfile names, unless they are there. Fetches nothing but packages. */
export async function ensureInstalled() {
  const stampFile = inRoot("node_modules", ".turnpike-lockfile");
  const lockfile = await readFile(inRoot("package-lock.json"));
  const wanted = createHash("sha256").update(lockfile).digest("hex");
  if ((await readFile(stampFile, "utf8").catch(() => "")) === wanted) return;
  if (!(await isInstalledByHand())) {
    const [command, args] = npm();
    await step("Installing packages (npm ci)", () =>
      runQuietly(
        command,
        [...args, "ci", "--include=dev", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"],
        {
          ...process.env,
          ...prismaEnvironment,
          PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: "1",
          NEXT_TELEMETRY_DISABLED: "1",
        },
      ),
    );
  }
  await writeFile(stampFile, wanted);
}

/** Generates the Prisma client, unless the schema is the one it was generated from. */
export async function ensureGenerated() {
  const wanted = await hashOf(["prisma/schema", "prisma.config.ts", "node_modules/prisma/package.json"]);
  const isThere = existsSync(inRoot("lib", "infra", "prisma-client", "client.ts"));
  if (isThere && (await stampOf("prisma-client")) === wanted) return;
  await clearStamp("prisma-client");
  await step("Generating the Prisma client", () =>
    runQuietly(process.execPath, [programs.prisma, "generate", "--no-hints"], { ...process.env, ...prismaEnvironment }),
  );
  await setStamp("prisma-client", wanted);
}

/** What a build is made of; tests and documents are not among it. */
const sources = [
  "app",
  "components",
  "lib",
  "public",
  "prisma/schema",
  "scripts/lib",
  "server.ts",
  "instrumentation.ts",
  "instrumentation-client.ts",
  "proxy.ts",
  "next.config.ts",
  "postcss.config.mjs",
  "tsconfig.json",
  "package.json",
  "package-lock.json",
];

/** @param {string} file */
const isSource = (file) =>
  !/\.test\.tsx?$/.test(file) && !file.startsWith("lib/infra/prisma-client/") && !file.startsWith("lib/testing/");

/**
 * Of the environment only what any program needs: no secret and no setting can get into a build.
 *
 * @returns {NodeJS.ProcessEnv}
 */
function buildEnvironment() {
  const kept =
    /^(path|home|user|shell|lang|lc_.*|te?mp|tmpdir|systemroot|systemdrive|comspec|windir|appdata|localappdata|userprofile|programfiles.*|term|colorterm|ci|no_color|force_color|node_options|node_extra_ca_certs|(https?|no|all)_proxy)$/i;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => kept.test(name))),
    NODE_ENV: "production",
    NEXT_TELEMETRY_DISABLED: "1",
  };
}

/** Bundles one TypeScript file for Node; packages stay outside. @param {string} entry @param {string} outfile */
export async function bundle(entry, outfile) {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [inRoot(entry)],
    outfile: inRoot(outfile),
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    packages: "external",
    sourcemap: true,
    sourcesContent: false,
    alias: { "@": root },
    absWorkingDir: root,
    logLevel: "warning",
  });
}

/** Builds `dist/server.mjs` and `dist/pages.mjs`, unless they are of these sources. Used alone by the development server, which needs no more. */
export async function ensureServerBuilt() {
  const wanted = await hashOf(sources, isSource);
  if (existsSync(inRoot("dist", "server.mjs")) && (await stampOf("server")) === wanted) return;
  await clearStamp("server");
  await step("Building the server", async () => {
    await bundle("server.ts", "dist/server.mjs");
    await bundle("lib/edge/pages-process.ts", "dist/pages.mjs");
  });
  await setStamp("server", wanted);
}

/** Builds everything that production needs, unless it is of these sources. Needs no database and no secret. */
export async function ensureBuilt() {
  await ensureServerBuilt();
  const wanted = await hashOf(sources, isSource);
  if (existsSync(inRoot(".next", "BUILD_ID")) && (await stampOf("next")) === wanted) return;
  await clearStamp("next");
  await step("Building the pages (next build)", () =>
    runQuietly(process.execPath, [programs.next, "build"], buildEnvironment()),
  );
  await setStamp("next", wanted);
}

/** @param {unknown} error */
const codeOf = (error) => (error instanceof Error && "code" in error ? error.code : undefined);

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/**
 * Does `work` while no other script installs, generates or builds in this folder.
 *
 * @param {() => Promise<void>} work
 */
export async function alone(work) {
  const file = inRoot("dist", "prepare.lock");
  await mkdir(path.dirname(file), { recursive: true });
  let hasSaid = false;
  for (;;) {
    try {
      await writeFile(file, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    const holder = Number(await readFile(file, "utf8").catch(() => "0"));
    if (holder !== 0 && !isRunning(holder)) {
      // Whoever held it died with it.
      if (readFileSync(file, "utf8") === String(holder)) unlinkSync(file);
    } else {
      if (!hasSaid) console.log(`Waiting for process ${holder}, which is building in this folder …`);
      hasSaid = true;
      await sleep(250);
    }
  }
  // Also when Ctrl-C ends us in the middle.
  const release = () => {
    try {
      unlinkSync(file);
    } catch {
      // Nothing is left to release.
    }
  };
  const onSignal = () => process.exit(130);
  process.once("exit", release);
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  try {
    await work();
  } finally {
    process.off("exit", release);
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    release();
  }
}
