/** What a chart of usage measures: USD at list price, tokens in and out, calls, and those that failed. */
export const MEASURES = ["cost", "tokens", "requests", "errors"] as const;
export type Measure = (typeof MEASURES)[number];

/** What usage is told apart by. A member is who made the key; a user is a customer's customer. */
export const BREAKDOWNS = ["model", "provider", "key", "project", "user", "member"] as const;
export type BreakdownBy = (typeof BREAKDOWNS)[number];
