import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";
import { programs } from "./project.mjs";
import { runQuietly, StepFailed, step } from "./step.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** @returns {string | undefined} the first program of that name on the path */
function onPath() {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter(Boolean);
  for (const name of names) {
    for (const folder of folders) {
      const file = path.join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}

/** Where Playwright keeps its own Chromium, if it has one. */
async function playwrights() {
  const { chromium } = await import("@playwright/test");
  const file = chromium.executablePath();
  return file && existsSync(file) ? file : undefined;
}

/**
 * Finds a Chromium for the browser tests, or installs one, saying which.
 *
 * @returns {Promise<string>} its program
 * @throws {StepFailed} when there is none to be had
 */
export async function ensureChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (!existsSync(named)) throw new StepFailed(`CHROMIUM_PATH names ${named}, which is not there.`);
    console.log(`Browser: ${named} (CHROMIUM_PATH)`);
    return named;
  }
  const found = onPath() ?? (await playwrights());
  if (found) {
    console.log(`Browser: ${found}`);
    return found;
  }
  const reasons = [];
  try {
    await step("No Chromium found: installing Playwright's", () =>
      runQuietly(process.execPath, [programs.playwright, "install", "chromium"], process.env),
    );
    const installed = await playwrights();
    if (installed) return installed;
  } catch (error) {
    reasons.push(error instanceof Error ? error.message : String(error));
  }
  if (process.getuid?.() === 0) {
    try {
      await step("That did not work: installing Debian's (apt-get install chromium)", async () => {
        const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
        await runQuietly("apt-get", ["update"], env);
        await runQuietly("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], env);
      });
      const installed = onPath();
      if (installed) return installed;
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new StepFailed(
    `${reasons.join("\n")}\nNo Chromium could be found or installed: install one and name it in CHROMIUM_PATH.`,
  );
}
