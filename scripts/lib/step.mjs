import { spawn } from "node:child_process";
import { root } from "./project.mjs";

/** A step that failed; the message is what to show, already with the output of the program. */
export class StepFailed extends Error {}

const seconds = (/** @type {number} */ since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/**
 * Does something that may take long, on one line that ends in the time it took. On a terminal the time runs along.
 *
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(label, work) {
  const since = Date.now();
  const { stdout } = process;
  stdout.write(`${label} … `);
  const ticking = stdout.isTTY ? setInterval(() => stdout.write(`\r${label} … ${seconds(since)}`), 1000) : undefined;
  try {
    const result = await work();
    stdout.write(`${stdout.isTTY ? `\r${label} … ` : ""}${seconds(since)}\n`);
    return result;
  } catch (error) {
    stdout.write(`failed after ${seconds(since)}\n`);
    throw error;
  } finally {
    clearInterval(ticking);
  }
}

/**
 * Runs a program to its end without showing what it prints.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} what it printed
 * @throws {StepFailed} with all that it printed, when it fails
 */
export function runQuietly(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    // A program must not outlive the step that it is for.
    const end = () => child.kill();
    process.once("exit", end);
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        printed += text;
      });
    }
    child.once("error", reject);
    child.once("close", (code, signal) => {
      process.off("exit", end);
      if (code === 0) resolve(printed);
      else reject(new StepFailed(`${printed.trimEnd()}\n(${signal ?? `exit code ${code}`}: ${args.join(" ")})`));
    });
  });
}

/**
 * Runs a program to its end, its output going straight to ours.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} its exit code; 1 when a signal ended it
 */
export function runShown(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: "inherit" });
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** Ends the process with one line, or with the output of the step that failed. @param {unknown} error */
export function endWithError(error) {
  if (error instanceof StepFailed) console.error(error.message);
  else console.error(error);
  process.exit(1);
}
