/**
 * One line of CSV (RFC 4180) with its end. Spreadsheets run what begins like a formula, and people choose names, so such a
 * text has an apostrophe before it (OWASP, "CSV Injection"); numbers are left as they are. Null is empty.
 */
export function csvLine(fields: readonly (string | number | boolean | null)[]): string {
  return `${fields.map(field).join(",")}\r\n`;
}

function field(value: string | number | boolean | null): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
