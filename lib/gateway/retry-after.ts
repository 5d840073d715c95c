const SECOND_MS = 1_000;

/**
 * Milliseconds that a `Retry-After` asks to wait, at least 0: seconds, or a date (RFC 9110, section 10.2.3). null: it is
 * missing, or says neither. `now` is in milliseconds since 1970.
 */
export function retryAfterMs(retryAfter: string | undefined, now: number): number | null {
  if (retryAfter === undefined) return null;
  // Fractions are no part of the standard, and some providers send them.
  if (/^\d+(?:\.\d+)?$/.test(retryAfter)) return Number(retryAfter) * SECOND_MS;
  // `Date.parse` takes numbers of many forms for dates.
  const date = /^[A-Za-z]{3,9},? /.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(date - now, 0);
}
