/**
 * One field of RFC 4180. Spreadsheets run what begins like a formula, and people choose names, so such a text has an
 * apostrophe before it (OWASP, "CSV Injection"); an amount below zero is a number and stays one.
 */
export function csvField(value: string | number): string {
  const text =
    typeof value === "number" || /^-\d+(\.\d+)?$/.test(value) || !/^[=+\-@\t\r]/.test(value) ? `${value}` : `'${value}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows as CSV (RFC 4180), the first of them the heading. */
export function csvOf(rows: readonly (readonly (string | number)[])[]): string {
  return `${rows.map((row) => row.map(csvField).join(",")).join("\r\n")}\r\n`;
}
