/** A table of text; the named columns hold words and are set to the left, all others figures. */
export type Table = { headings: string[]; rows: string[][]; words: string[] };

/** Markdown rules a column off with three signs at least. */
const NARROWEST = 3;

function padded({ headings, rows, words }: Table): { lines: string[][]; widths: number[] } {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(NARROWEST, ...lines.map((cells) => cells[column]?.length ?? 0)));
  const set = (cells: string[]) =>
    widths.map((width, column) => {
      const cell = cells[column] ?? "";
      return words.includes(headings[column] ?? "") ? cell.padEnd(width) : cell.padStart(width);
    });
  return { lines: lines.map(set), widths };
}

/** The table for a terminal: a line for each row, the headings first. */
export function textTable(table: Table): string[] {
  return padded(table).lines.map((cells) => cells.join("  ").trimEnd());
}

/** The same as lines of Markdown, set as the formatter sets them, who would else change what stands in README. */
export function markdownTable(table: Table): string[] {
  const { lines, widths } = padded(table);
  const [headings = "", ...rows] = lines.map((cells) => `| ${cells.join(" | ")} |`);
  const rule = widths.map((width, column) =>
    table.words.includes(table.headings[column] ?? "") ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [headings, `| ${rule.join(" | ")} |`, ...rows];
}
