// npm test: every test of every kind, against the production build.
// npm test -- --only pure|db|contract|e2e: one kind. npm test -- NAME: only files whose path holds NAME.
import "./lib/require-node.mjs";

const { spawn } = await import("node:child_process");
const { mkdir, readFile, rm } = await import("node:fs/promises");
const { parseArgs } = await import("node:util");
const { ensureChromium } = await import("./lib/chromium.mjs");
const { alone, ensureBuilt, ensureGenerated, ensureInstalled } = await import("./lib/prepare.mjs");
const { inRoot, programs, root } = await import("./lib/project.mjs");
const { runShown, StepFailed } = await import("./lib/step.mjs");

const kinds = ["pure", "db", "contract", "e2e"];

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @type {Counts} */
const nothing = { passed: 0, failed: 0, skipped: 0 };

/** What a runner wrote, or undefined when it died before it could. @param {string} file */
const readReport = (file) =>
  readFile(file, "utf8").then(
    (text) => JSON.parse(text),
    () => undefined,
  );

/** Whatever made a runner fail without any test failing counts as one failure. @param {Counts} counts @param {number} code */
const withRunner = (counts, code) => (code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts);

/**
 * As `runShown`, but what the program prints is shown by `show`: for one that runs beside a step.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number, show: () => void }>}
 */
function runAside(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    // It must not outlive a step that fails meanwhile.
    const end = () => child.kill();
    process.once("exit", end);
    /** @type {Buffer[]} */
    const printed = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => printed.push(bytes));
    child.once("error", reject);
    child.once("close", (code) => {
      process.off("exit", end);
      resolve({ code: code ?? 1, show: () => void process.stdout.write(Buffer.concat(printed)) });
    });
  });
}

/** @param {string} kind */
const reportOf = (kind) => inRoot("dist", "test-reports", `${kind}.json`);

/** @param {string} kind @param {string[]} filters @returns {[command: string, args: string[], env: NodeJS.ProcessEnv]} */
const vitest = (kind, filters) => [
  process.execPath,
  [
    programs.vitest,
    "run",
    "--project",
    kind,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${reportOf(kind)}`,
    ...(filters.length > 0 ? ["--passWithNoTests"] : []),
    ...filters,
  ],
  { ...process.env, NODE_ENV: "test" },
];

/** @param {string} kind @param {number} code of Vitest @returns {Promise<Counts>} */
async function vitestCounts(kind, code) {
  const written = await readReport(reportOf(kind));
  if (!written) return withRunner(nothing, code);
  // A file that cannot even be loaded has no test that could fail.
  const brokenFiles = written.testResults.filter(
    (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
      file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  return withRunner(
    {
      passed: written.numPassedTests,
      failed: written.numFailedTests + brokenFiles,
      skipped: written.numPendingTests + written.numTodoTests,
    },
    code,
  );
}

/** @param {string[]} filters @returns {Promise<Counts>} */
async function runPlaywright(filters) {
  const report = reportOf("e2e");
  const code = await runShown(
    process.execPath,
    [
      programs.playwright,
      "test",
      "--reporter=list,json",
      ...(filters.length > 0 ? ["--pass-with-no-tests"] : []),
      ...filters,
    ],
    { ...process.env, CHROMIUM_PATH: await ensureChromium(), PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  );
  const written = await readReport(report);
  if (!written) return withRunner(nothing, code);
  const { expected, unexpected, flaky, skipped } = written.stats;
  return withRunner({ passed: expected, failed: unexpected + flaky, skipped }, code);
}

/** @returns {Promise<Counts>} */
async function runAll() {
  const { values, positionals } = parseArgs({ options: { only: { type: "string" } }, allowPositionals: true });
  if (values.only !== undefined && !kinds.includes(values.only)) {
    throw new StepFailed(`--only takes one of ${kinds.join(", ")}`);
  }
  const wanted = values.only === undefined ? kinds : [values.only];
  const total = { ...nothing };
  const add = (/** @type {Counts} */ counts) => {
    for (const name of /** @type {(keyof Counts)[]} */ (Object.keys(total))) total[name] += counts[name];
  };
  await alone(async () => {
    await ensureInstalled();
    await ensureGenerated();
    const reports = inRoot("dist", "test-reports");
    await rm(reports, { recursive: true, force: true });
    await mkdir(reports, { recursive: true });
    // The pure tests need no build, and much of one is work for one core: both at once.
    const pure = wanted.includes("pure") ? runAside(...vitest("pure", positionals)) : undefined;
    await ensureBuilt();
    if (!pure) return;
    const { code, show } = await pure;
    show();
    add(await vitestCounts("pure", code));
  });
  for (const kind of wanted.filter((kind) => kind !== "pure")) {
    if (kind === "e2e") add(await runPlaywright(positionals));
    else add(await vitestCounts(kind, await runShown(...vitest(kind, positionals))));
  }
  if (total.passed + total.failed + total.skipped === 0) {
    throw new StepFailed(`No test matches ${positionals.join(" ") || "that"}.`);
  }
  return total;
}

let counts = { ...nothing, failed: 1 };
try {
  counts = await runAll();
} catch (error) {
  console.error(error instanceof StepFailed ? error.message : error);
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 ? 1 : 0);
