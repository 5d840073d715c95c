// npm run bench [-- --only bare,server --workloads stream --rounds 1 --seconds 2 --connections 1,32 --profile]: our two doors
// beside a bare proxy and Portkey's gateway. npm run soak [-- --only server --streams 100 --seconds 10 --rest 5 --calls 2000
// --turns 3]: their memory. Both print what they saw; a run without options writes bench/results/ and README's figures.
// npm run bench:dashboard [-- --requests 1000000 --rounds 30]: the dashboard's pages over a seeded year.
import "./lib/require-node.mjs";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";

/** Which driver: `run` (the bench), `soak` or `dashboard`. */
const [name, ...options] = process.argv.slice(2);
if (name !== "run" && name !== "soak" && name !== "dashboard") {
  console.error("Use npm run bench, npm run soak or npm run bench:dashboard.");
  process.exit(1);
}

const { alone, bundle, ensureBuilt, ensureGenerated, ensureInstalled } = await import("./lib/prepare.mjs");
const { ensureChromium } = await import("./lib/chromium.mjs");
const { inRoot, root } = await import("./lib/project.mjs");
const { endWithError, runQuietly, step } = await import("./lib/step.mjs");

try {
  await alone(async () => {
    await ensureInstalled();
    await ensureGenerated();
    await ensureBuilt();
    for (const part of name === "dashboard" ? [name] : [name, "upstream", "bare-proxy", "load"]) {
      await bundle(`bench/${part}.ts`, `dist/bench/${part}.mjs`);
    }
    if (name === "dashboard") process.env.CHROMIUM_PATH = await ensureChromium();
    else await ensurePortkeyInstalled();
  });
} catch (error) {
  endWithError(error);
}

/**
 * Installs Portkey's gateway where the bench looks for it. Without it (no registry in reach) the bench goes on. Its
 * install script stays off: it patches files that the published package does not have.
 */
async function ensurePortkeyInstalled() {
  const folder = inRoot("bench", "portkey");
  if (existsSync(path.join(folder, "node_modules", ".package-lock.json"))) return;
  const args = ["ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await step("Installing Portkey's gateway (npm ci in bench/portkey)", () =>
    runQuietly("npm", args, process.env),
  ).catch((error) => console.error(error instanceof Error ? error.message : error));
}

/** Whether a process can be held to a core: the gateway that is measured gets the first, everything else the second. */
const pins =
  name !== "dashboard" &&
  process.platform === "linux" &&
  availableParallelism() > 1 &&
  ["0", "1"].every((core) => spawnSync("taskset", ["-c", core, "true"]).status === 0);

const driver = [inRoot("dist", "bench", `${name}.mjs`), ...options];
const node = [process.execPath, "--no-deprecation", ...driver];
const child = spawn(pins ? "taskset" : process.execPath, pins ? ["-c", "1", ...node] : node.slice(1), {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, BENCH_PINNED: pins ? "1" : "0" },
});
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
// The terminal sends Ctrl-C to the driver too, which cleans up; this process waits for it.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => child.kill("SIGTERM"));
