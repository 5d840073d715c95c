import { type Report, renderBriefly, summary, targetTable } from "./report";
import { renderSoakBriefly, type SoakReport } from "./soak-report";
import { markdownTable } from "./table";

const MARKED = /(<!-- bench:table -->\n)[\s\S]*?(<!-- \/bench:table -->)/;

/**
 * README with the figures of the last whole runs between its two marks; a run that there was none of is left out.
 * @throws Error where the marks are missing.
 */
export function renderReadme(readme: string, latest: Report | null, soak: SoakReport | null): string {
  if (!MARKED.test(readme)) throw new Error("README.md has no marks for the figures of the bench");
  const targets = [...(latest?.targets ?? []), ...(soak?.targets ?? [])];
  const lines = [
    "",
    ...(latest ? [summary(latest), "", ...renderBriefly(latest)] : []),
    ...(soak ? [...renderSoakBriefly(soak), ""] : []),
    ...(targets.length > 0 ? [...markdownTable(targetTable(targets)), ""] : []),
  ];
  return readme.replace(MARKED, (_, from: string, to: string) => `${from}${lines.join("\n")}\n${to}`);
}
