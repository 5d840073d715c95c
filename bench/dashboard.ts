/**
 * npm run bench:dashboard [-- --requests 1000000 --rounds 30 --note TEXT]: how long the server takes to answer the dashboard's pages
 * over a seeded year, and what Chromium says of the landing page and the overview. With --data-dir, --email and --password
 * it takes a database that `npm run seed:big` has filled, and writes no results.
 */
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { type BrowserContext, chromium, type Page } from "@playwright/test";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase } from "@/lib/infra/db";
import { ensureDatabase } from "@/lib/infra/embedded-postgres";
import { migrate } from "@/lib/infra/migrate";
import { startServer } from "@/lib/testing/server";
import { TEST_SECRETS } from "@/lib/testing/test-database";
import { BIG_YEAR, writeYear } from "@/scripts/seed/write-year";
import { type DashboardReport, renderDashboard } from "./dashboard-report";
import { median, percentile } from "./statistics";

const DAY_MS = 86_400_000;
const WARM_UPS = 3;
/** LCP and CLS are told while the page lives; what comes later is not waited for. */
const SETTLE_MS = 2_000;

/** The pages whose answers are timed, below the project's address. */
function pages(now: number): readonly { name: string; path: string }[] {
  const deep = new URLSearchParams({ before: `${now - 200 * DAY_MS}.gen_z` });
  return [
    { name: "Overview, 30 days", path: "" },
    { name: "Overview, a year", path: "?range=1y" },
    { name: "Logs, first page", path: "/logs" },
    { name: "Logs, 200 days back", path: `/logs?${deep}` },
    { name: "Logs, errors", path: "/logs?status=error" },
    { name: "Logs, one end user", path: "/logs?user=customer-00400" },
    { name: "Logs, a provider that nobody used", path: "/logs?provider=vllm" },
    { name: "Keys", path: "/keys" },
    { name: "Usage by model, 30 days", path: "/usage" },
    { name: "Usage by key, a year", path: "/usage?by=key&range=1y" },
    { name: "Usage by end user, a year", path: "/usage?by=user&range=1y" },
  ];
}

/** Every page that people open: below the project's address, or what anybody sees who is not signed in. */
const ROUTES: readonly { name: string; path: string; isPublic?: true; openings?: number }[] = [
  { name: "Landing", path: "/", isPublic: true, openings: 5 },
  { name: "Overview", path: "", openings: 5 },
  { name: "Keys", path: "/keys" },
  { name: "Logs", path: "/logs" },
  { name: "Usage", path: "/usage" },
  { name: "Models", path: "/models" },
  { name: "A model", path: "/models/openai/gpt-5.4" },
  { name: "Playground", path: "/playground" },
  { name: "Providers", path: "/providers" },
  { name: "End users", path: "/end-users" },
  { name: "Audit", path: "/audit" },
  { name: "Billing", path: "/billing" },
  { name: "Members", path: "/members" },
  { name: "Books", path: "/books" },
  { name: "Statement", path: "/books/statement" },
  { name: "Settings", path: "/settings" },
  { name: "Rules", path: "/settings/rules" },
  { name: "Account", path: "/account" },
  { name: "Catalogue", path: "/models", isPublic: true },
  { name: "Docs", path: "/docs", isPublic: true },
  { name: "API reference", path: "/docs/api/keys", isPublic: true },
  { name: "Sign in", path: "/sign-in", isPublic: true },
  { name: "Sign up", path: "/sign-up", isPublic: true },
];

/** The address of the first thing on a list's page that has one of its own: a key's, a receipt's. */
async function firstBelow(page: Page, list: string): Promise<string> {
  await page.goto(list);
  return (await page.locator(`main td a[href*="${list}/"]`).first().getAttribute("href")) ?? list;
}

async function signIn(page: Page, email: string, password: string): Promise<string> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(/\/dashboard\/prj_\w+/);
  return new URL(page.url()).pathname;
}

async function answerTimes(context: BrowserContext, address: string, rounds: number) {
  const times: number[] = [];
  for (let round = 0; round < WARM_UPS + rounds; round += 1) {
    const startedAt = performance.now();
    const response = await context.request.get(address);
    await response.body();
    if (!response.ok()) throw new Error(`${address} was answered ${response.status()}`);
    if (round >= WARM_UPS) times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  return { p50: percentile(times, 0.5), p95: percentile(times, 0.95), max: percentile(times, 1) };
}

/** What Chromium itself measures of a page that is opened with an empty cache: the middle of several openings. */
async function vitals(context: BrowserContext, address: string, openings: number) {
  const seen = [];
  for (let opening = 0; opening < openings; opening += 1) seen.push(await open(context, address));
  return {
    openings,
    lcpMs: median(seen.map(({ lcpMs }) => lcpMs)),
    cls: Math.max(...seen.map(({ cls }) => cls)),
    scriptBytes: median(seen.map(({ scriptBytes }) => scriptBytes)),
  };
}

async function open(context: BrowserContext, address: string) {
  const page = await context.newPage();
  let scriptBytes = 0;
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  const scripts = new Set<string>();
  session.on("Network.responseReceived", ({ requestId, type }) => {
    if (type === "Script") scripts.add(requestId);
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) scriptBytes += encodedDataLength;
  });
  await page.goto(address, { waitUntil: "load" });
  await page.waitForTimeout(SETTLE_MS);
  const { lcp, cls } = await page.evaluate(
    () =>
      new Promise<{ lcp: number; cls: number }>((resolve) => {
        let lcp = 0;
        let cls = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) lcp = entry.startTime;
        }).observe({ type: "largest-contentful-paint", buffered: true });
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries())
            if ("value" in entry && "hadRecentInput" in entry && entry.hadRecentInput === false)
              cls += Number(entry.value);
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve({ lcp, cls }), 200);
      }),
  );
  await page.close();
  return { lcpMs: lcp, cls, scriptBytes };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      requests: { type: "string", default: String(BIG_YEAR.requests) },
      rounds: { type: "string", default: "30" },
      "data-dir": { type: "string" },
      email: { type: "string" },
      password: { type: "string" },
      note: { type: "string" },
    },
  });
  const named = values["data-dir"];
  const folder = named ?? (await mkdtemp(path.join(tmpdir(), "turnpike-dashboard-")));
  // Where this runs as root, PostgreSQL runs as another user and must get in.
  if (named === undefined) await chmod(folder, 0o711);
  const database = await ensureDatabase(folder);
  let server: Awaited<ReturnType<typeof startServer>> | undefined;
  try {
    const account = {
      email: values.email ?? "year@example.test",
      password: values.password ?? "a seeded year of calls",
    };
    await migrate(database.url);
    if (named === undefined) {
      setEnvironment({
        ...TEST_SECRETS,
        DATABASE_URL: database.url,
        TURNPIKE_EMBEDDED_DATABASE: "true",
        LOG_LEVEL: "error",
      });
      await writeYear({ ...BIG_YEAR, ...account, requests: Number(values.requests) }, new Date(), (line) =>
        console.log(line),
      );
      await closeDatabase();
    }
    server = await startServer({ env: { DATABASE_URL: database.url, LOG_LEVEL: "error" } });
    const { CHROMIUM_PATH } = process.env;
    const browser = await chromium.launch({
      ...(CHROMIUM_PATH ? { executablePath: CHROMIUM_PATH } : {}),
      args: ["--disable-background-networking", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
    });
    const options = { baseURL: server.url, viewport: { width: 1440, height: 900 } };
    const [context, stranger] = [await browser.newContext(options), await browser.newContext(options)];
    const page = await context.newPage();
    const project = await signIn(page, account.email, account.password);
    const routes: typeof ROUTES = [
      ...ROUTES,
      { name: "A key", path: (await firstBelow(page, `${project}/keys`)).replace(project, "") },
      { name: "A receipt", path: (await firstBelow(page, `${project}/logs`)).replace(project, "") },
    ];
    await page.close();
    const report: DashboardReport = {
      at: new Date().toISOString(),
      machine: `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores, Node ${process.versions.node}`,
      requests: Number(values.requests),
      rounds: Number(values.rounds),
      answers: [],
      vitals: [],
      ...(values.note === undefined ? {} : { note: values.note }),
    };
    const save = async () => {
      if (named !== undefined) return;
      const results = path.join(process.cwd(), "bench", "results");
      await mkdir(results, { recursive: true });
      await writeFile(path.join(results, "dashboard.json"), `${JSON.stringify(report, null, 2)}\n`);
      await writeFile(path.join(results, "dashboard.md"), renderDashboard(report));
    };
    for (const { name, path: below } of pages(Date.now())) {
      const times = await answerTimes(context, `${project}${below}`, Number(values.rounds));
      console.log(`${name}: ${times.p50.toFixed(0)} ms, p95 ${times.p95.toFixed(0)} ms`);
      report.answers.push({ name, ...times });
    }
    // The seed is what takes long: what is known after it is kept, whatever happens to the rest.
    await save();
    for (const { name, path: below, isPublic, openings = 1 } of routes) {
      const [visitor, address] = isPublic ? [stranger, below] : [context, `${project}${below}`];
      report.vitals.push({ name, ...(await vitals(visitor, address, openings)) });
    }
    await browser.close();
    await save();
    console.log(renderDashboard(report));
  } finally {
    await server?.stop();
    await database.stop();
    if (named === undefined) await rm(folder, { recursive: true, force: true });
  }
}

await main();
process.exit();
