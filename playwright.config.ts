import { defineConfig } from "@playwright/test";

/**
 * The browser tests. `e2e/global-setup.ts` starts the production build on a fresh embedded database and puts its address
 * into `E2E_BASE_URL`; `scripts/test.mjs` finds the browser and names it in `CHROMIUM_PATH`.
 */
export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  globalSetup: "./e2e/global-setup.ts",
  outputDir: "test-results",
  // In seconds of the clock: a machine that is half as fast, or busy, shall not fail a right answer.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  fullyParallel: false,
  // Each test signs up somebody of its own; files share the server and nothing else.
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  reporter: "list",
  use: {
    ...(process.env.E2E_BASE_URL ? { baseURL: process.env.E2E_BASE_URL } : {}),
    browserName: "chromium",
    // Recording costs a third of a run on two cores: `npx playwright test --trace on NAME` for one that fails.
    trace: "off",
    screenshot: "only-on-failure",
    // Playwright waits for what moves to be still.
    contextOptions: { reducedMotion: "reduce" },
    permissions: ["clipboard-read", "clipboard-write"],
    launchOptions: {
      ...(process.env.CHROMIUM_PATH ? { executablePath: process.env.CHROMIUM_PATH } : {}),
      args: [
        "--disable-background-networking",
        // Chromium's sandbox cannot run as root.
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      ],
    },
  },
});
