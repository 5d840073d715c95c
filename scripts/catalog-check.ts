import { readFile } from "node:fs/promises";
import { buildCatalogue } from "@/scripts/catalog/build-catalogue";
import { CATALOGUE_PATH, REPORT_PATH, renderCatalogue, renderReport } from "@/scripts/catalog/render-catalogue";
import { endWithOneLine } from "@/scripts/one-line";

/**
 * Prints the report, and exits 1 when the committed catalogue is not what the packages and the curation make, or when a
 * price in it has changed since by a date that the packages knew in advance.
 */
async function main(): Promise<void> {
  const { file, report } = buildCatalogue();
  const wanted = renderReport(file, report);
  console.log(wanted);
  const findings: string[] = [];
  if ((await readFile(CATALOGUE_PATH, "utf8")) !== renderCatalogue(file))
    findings.push(`${CATALOGUE_PATH} is out of date`);
  if ((await readFile(REPORT_PATH, "utf8")) !== wanted) findings.push(`${REPORT_PATH} is out of date`);
  const today = new Date().toISOString().slice(0, 10);
  for (const { offer, date } of report.changes) {
    if (date <= today) findings.push(`the price of ${offer} has changed on ${date}: set PRICES_AS_OF to ${today}`);
  }
  for (const finding of findings) console.error(finding);
  if (findings.length > 0)
    throw new Error("The catalogue is out of date: npm run catalog:build, and look at what changed.");
  console.log(
    `The catalogue is what the packages say: ${report.disagreements.length} disagreements, the dearer price taken.`,
  );
}

await main().catch(endWithOneLine);
