/** An amount of USD as an exact decimal string: a number for spreadsheets, also below zero. */
export interface CsvAmount {
  amount: string;
}

type CsvField = string | number | boolean | CsvAmount | null;

/**
 * One line of CSV (RFC 4180) with its end. Spreadsheets run what begins like a formula, and people choose names, so such a
 * text has an apostrophe before it (OWASP, "CSV Injection"); numbers and amounts are left as they are. Null is empty.
 */
export function csvLine(fields: readonly CsvField[]): string {
  return `${fields.map(field).join(",")}\r\n`;
}

/** Rows as CSV, the first of them the heading. */
export function csvOf(rows: readonly (readonly CsvField[])[]): string {
  return rows.map(csvLine).join("");
}

function field(value: CsvField): string {
  if (value === null) return "";
  if (typeof value === "object") return value.amount;
  if (typeof value !== "string") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
