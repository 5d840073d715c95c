import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "@/lib/infra/project-root";

const FOLDER = path.resolve(projectRoot(), "..", "shared", "fixtures");

/** Whether the recorded provider answers are here; the project carries no copy (DESIGN section 6). */
export const hasRecordings = existsSync(FOLDER);

/** For titles, so that a run without recordings says what it skipped. */
export const RECORDINGS = hasRecordings
  ? "recorded answers"
  : "recorded answers (skipped: ../shared/fixtures is not here)";

function read(name: string): string {
  return readFileSync(path.join(FOLDER, name), "utf8");
}

/** A whole answer, parsed: `openai/openai-text`. */
export function recordedAnswer(name: string): Record<string, unknown> {
  return JSON.parse(read(`${name}.json`));
}

/** The data of a stream's events, in order, without the closing `[DONE]`. */
export function recordedEvents(name: string): string[] {
  return read(`${name}.chunks.txt`)
    .split("\n")
    .filter((line) => line !== "");
}

/** A stream as the provider sent it. */
export function recordedStream(name: string): Buffer {
  return Buffer.from(
    `${recordedEvents(name)
      .map((data) => `data: ${data}\n\n`)
      .join("")}data: [DONE]\n\n`,
  );
}

/** A file as it is: `openai-compatible/name.sse`. */
export function recordedText(file: string): string {
  return read(file);
}
