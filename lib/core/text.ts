/**
 * Text from outside, made fit for PostgreSQL and for logs: no NUL (PostgreSQL refuses it), no lone surrogates (JSON
 * casts refuse them), at most `max` characters. Never applied to what goes to a provider.
 */
export function cleanText(text: string, max: number): string {
  const cut = text.length > max ? `${text.slice(0, max - 1)}…` : text;
  return cut.toWellFormed().replaceAll("\u0000", "�");
}
