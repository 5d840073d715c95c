/** What a key may be allowed to do (CONTRACT section 3), in the order in which forms show it. */
export const SCOPES = ["completions:write", "embeddings:write", "models:read", "usage:read", "admin:*"] as const;

export type Scope = (typeof SCOPES)[number];

/** What each scope allows, in words for forms. */
export const SCOPE_DESCRIPTIONS: Readonly<Record<Scope, string>> = {
  "completions:write": "Call chat, completions, messages and responses",
  "embeddings:write": "Make embeddings",
  "models:read": "List models",
  "usage:read": "Read its own requests, credits and usage",
  "admin:*": "Manage the whole organisation",
};

/** Of a new key for which nobody chose. */
export const DEFAULT_SCOPES: readonly Scope[] = ["completions:write", "embeddings:write", "models:read", "usage:read"];
