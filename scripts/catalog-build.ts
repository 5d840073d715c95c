import { writeFile } from "node:fs/promises";
import { buildCatalogue } from "@/scripts/catalog/build-catalogue";
import { CATALOGUE_PATH, REPORT_PATH, renderCatalogue, renderReport } from "@/scripts/catalog/render-catalogue";
import { endWithOneLine } from "@/scripts/one-line";

/** Writes the catalogue's data file and its report from the installed packages and the curation. */
async function main(): Promise<void> {
  const { file, report } = buildCatalogue();
  await writeFile(CATALOGUE_PATH, renderCatalogue(file));
  await writeFile(REPORT_PATH, renderReport(file, report));
  console.log(
    `${CATALOGUE_PATH}: ${file.models.length} models. ${REPORT_PATH}: ${report.disagreements.length} disagreements.`,
  );
}

await main().catch(endWithOneLine);
