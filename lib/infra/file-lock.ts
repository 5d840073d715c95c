import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isMarkAlive, ownProcessMark } from "@/lib/infra/process-mark";

const POLL_MS = 50;

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Takes the lock at once, or tells who holds it. */
async function tryToTake(file: string): Promise<string | undefined> {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, ownProcessMark());
  try {
    // A link appears with its content in one step; a file created in place could be read empty.
    await link(draft, file);
    return undefined;
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    return await readFile(file, "utf8").catch(() => "");
  } finally {
    await rm(draft, { force: true });
  }
}

/** Clears the lock of a process that died with it, unless another has taken it meanwhile. */
async function clear(file: string, holder: string): Promise<void> {
  const aside = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, "utf8")) !== holder) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

/**
 * Runs `work` while no other process of this machine holds the same lock file. The lock of a dead process is cleared.
 * @throws Error when the lock cannot be had within `timeoutMs`, naming the process that holds it.
 */
export async function withFileLock<T>(file: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const holder = await tryToTake(file);
    if (holder === undefined) break;
    if (holder !== "" && !isMarkAlive(holder)) await clear(file, holder);
    else if (Date.now() > deadline) {
      throw new Error(`Process ${holder.split(" ")[0]} has held ${file} for too long; end it and try again.`);
    } else await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}
