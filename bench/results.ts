import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { renderReadme } from "./readme";
import type { Report } from "./report";
import type { SoakReport } from "./soak-report";

const projectRoot = process.cwd();
const folder = path.join(projectRoot, "bench", "results");

/** Replaces the committed results of that name, and what the README tells of them. */
export async function saveResults(
  ...[name, report, markdown]: ["latest", Report, string] | ["soak", SoakReport, string]
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(path.join(folder, `${name}.md`), markdown);
  await updateReadme();
  console.log(`\nWritten to bench/results/${name}.json, bench/results/${name}.md and README.md.`);
}

async function updateReadme(): Promise<void> {
  const readme = path.join(projectRoot, "README.md");
  const [text, latest, soak] = await Promise.all([readFile(readme, "utf8"), results("latest"), results("soak")]);
  await writeFile(readme, renderReadme(text, latest && JSON.parse(latest), soak && JSON.parse(soak)));
}

async function results(name: string): Promise<string | null> {
  return readFile(path.join(folder, `${name}.json`), "utf8").catch(() => null);
}
