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
  timeout: 60_000,
  expect: { timeout: 10_000 },
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
