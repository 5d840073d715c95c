import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { isRecord } from "@/lib/core/is-record";
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

/** Every recording, as `recordedText` takes it; none where there are no recordings. */
export function recordings(): string[] {
  if (!hasRecordings) return [];
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(path.join(FOLDER, name)).map((file) => `${name}/${file}`))
    .toSorted();
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

/** What a recording is of. `responses`: OpenAI's Responses API. */
export type RecordingKind = "chat" | "completions" | "embeddings" | "messages" | "error" | "responses";

export interface Recording {
  /** As `recordedText` takes it. */
  file: string;
  kind: RecordingKind;
  streamed: boolean;
  /** As the provider sends it. */
  sent: string;
  /** The data of each event, or the whole answer alone. */
  parts: string[];
}

const KINDS: Readonly<Record<string, RecordingKind>> = {
  "chat.completion": "chat",
  "chat.completion.chunk": "chat",
  text_completion: "completions",
  list: "embeddings",
  message: "messages",
  message_start: "messages",
  response: "responses",
  "response.created": "responses",
};

function kindOf(file: string, parts: readonly string[]): RecordingKind {
  for (const part of parts) {
    const value: unknown = JSON.parse(part);
    if (!isRecord(value)) continue;
    if (value.error) return "error";
    const kind = KINDS[String(value.object)] ?? KINDS[String(value.type)];
    if (kind) return kind;
  }
  throw new Error(`what is ${file} a recording of?`);
}

/** Whether its streams name their events, and end with one. */
export function hasNamedEvents(kind: RecordingKind): boolean {
  return kind === "messages" || kind === "responses";
}

/** Some recordings hold the streams of several responses, one after the other. */
function firstResponse(parts: readonly string[]): readonly string[] {
  const end = parts.findIndex((part) => JSON.parse(part).type === "response.completed");
  return parts.slice(0, end === -1 ? parts.length : end + 1);
}

/** Events as a provider of this kind frames them, to the stream's end. */
export function framedAs(kind: RecordingKind, parts: readonly string[]): string {
  if (hasNamedEvents(kind)) return parts.map((part) => `event: ${JSON.parse(part).type}\ndata: ${part}\n\n`).join("");
  return `${parts.map((part) => `data: ${part}\n\n`).join("")}data: [DONE]\n\n`;
}

/** Reads one of `recordings()`. @throws Error where nobody knows what it is of. */
export function recording(file: string): Recording {
  const text = recordedText(file);
  if (file.endsWith(".json")) return { file, kind: kindOf(file, [text]), streamed: false, sent: text, parts: [text] };
  const framed = file.endsWith(".sse");
  const lines = text.split("\n").filter((line) => line !== "" && line !== "data: [DONE]");
  const all = framed ? lines.map((line) => line.replace(/^data: /, "")) : lines;
  const kind = kindOf(file, all);
  const parts = kind === "responses" ? [...firstResponse(all)] : all;
  return { file, kind, streamed: true, sent: framed ? text : framedAs(kind, parts), parts };
}
