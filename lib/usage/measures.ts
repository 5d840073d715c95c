/** What a chart of usage measures: USD at list price, tokens in and out, calls, and those that failed. */
export const MEASURES = ["cost", "tokens", "requests", "errors"] as const;
export type Measure = (typeof MEASURES)[number];
