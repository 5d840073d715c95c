// npm start: from a fresh clone to a running server. Node's built-ins only, since nothing may be installed yet.
import "./lib/require-node.mjs";

const { alone, ensureBuilt, ensureGenerated, ensureInstalled, ensureServerBuilt } = await import("./lib/prepare.mjs");
const { inRoot } = await import("./lib/project.mjs");
const { endWithError } = await import("./lib/step.mjs");
const { pathToFileURL } = await import("node:url");

const development = process.argv.includes("--dev");

try {
  await alone(async () => {
    await ensureInstalled();
    await ensureGenerated();
    await (development ? ensureServerBuilt() : ensureBuilt());
  });
} catch (error) {
  endWithError(error);
}

Object.assign(process.env, { NODE_ENV: development ? "development" : "production", NEXT_TELEMETRY_DISABLED: "1" });
// What packages deprecate is ours to deal with, not the operator's.
process.noDeprecation = true;
process.setSourceMapsEnabled(true);

// `kill` of npm ends the shell between it and us, and the signal stops there: whoever loses that parent stops too.
if (process.env.npm_lifecycle_event && process.platform !== "win32") {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 500);
  watch.unref();
}

// In this very process, so that every signal reaches the server and nothing has to be passed on.
await import(pathToFileURL(inRoot("dist", "server.mjs")).href);
