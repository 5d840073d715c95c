// npm run check: types, lint and format, and the pure tests; for the moments between two edits.
import "./lib/require-node.mjs";

const { alone, ensureGenerated, ensureInstalled } = await import("./lib/prepare.mjs");
const { programs } = await import("./lib/project.mjs");
const { endWithError, runQuietly, step } = await import("./lib/step.mjs");

const node = (/** @type {string[]} */ ...args) => runQuietly(process.execPath, args, process.env);

/** @type {[label: string, args: string[]][]} */
const checks = [
  ["Types (tsc)", [programs.tsc, "--noEmit", "--pretty"]],
  ["Lint and format (biome)", [programs.biome, "check", "--error-on-warnings", "--colors=force", "."]],
  ["Pure tests (vitest)", [programs.vitest, "run", "--project", "pure"]],
];

try {
  await alone(async () => {
    await ensureInstalled();
    await ensureGenerated();
  });
} catch (error) {
  endWithError(error);
}

let failed = false;
for (const [label, args] of checks) {
  try {
    await step(label, () => node(...args));
  } catch (error) {
    failed = true;
    console.error(error instanceof Error ? error.message : error);
  }
}
if (failed) process.exit(1);
console.log("All is well.");
