import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { findLeaksIn, TRACES_VARIABLE } from "@/lib/testing/leaks";

let folder: string | undefined;

/** Makes the folder in which the run's servers and databases leave what they said and kept. */
export async function setup(): Promise<void> {
  folder = await mkdtemp(path.join(tmpdir(), "turnpike-traces-"));
  process.env[TRACES_VARIABLE] = folder;
}

/**
 * Searches all of it for every key that the run used, with the servers at their most verbose log level.
 * @throws Error that says where a key stands, which fails the run.
 */
export async function teardown(): Promise<void> {
  if (folder === undefined) return;
  try {
    // Where every test was filtered out, nothing ran that could have leaked.
    if ((await readdir(folder)).length === 0) return;
    const leaks = findLeaksIn(folder);
    if (leaks.length > 0) throw new Error(`${leaks.length} secrets leaked:\n${leaks.join("\n")}`);
    console.log("No key that the contract tests used stands in any log, error or database.");
  } catch (error) {
    // Vitest prints what a teardown throws, and ends as if nothing were wrong.
    process.exitCode = 1;
    throw error;
  } finally {
    delete process.env[TRACES_VARIABLE];
    await rm(folder, { recursive: true, force: true });
  }
}
