/** An amount of USD as an exact decimal string: a number for spreadsheets, also below zero. */
export interface CsvAmount {
  amount: string;
}

/**
 * One field of RFC 4180. Spreadsheets run what begins like a formula, and people choose names, so such a text has an
 * apostrophe before it (OWASP, "CSV Injection").
 */
export function csvField(value: string | number | CsvAmount): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "object") return value.amount;
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows as CSV (RFC 4180), the first of them the heading. */
export function csvOf(rows: readonly (readonly (string | number | CsvAmount)[])[]): string {
  return `${rows.map((row) => row.map(csvField).join(",")).join("\r\n")}\r\n`;
}
