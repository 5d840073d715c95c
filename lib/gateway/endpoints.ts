import type { Scope } from "@/lib/keys/scopes";

/** The gateway's endpoints (CONTRACT section 4) and the scope that each needs (section 3). */
export const ENDPOINTS = {
  "chat/completions": { method: "POST", scope: "completions:write" },
  models: { method: "GET", scope: "models:read" },
} as const satisfies Record<string, { method: "GET" | "POST"; scope: Scope }>;

export type Endpoint = keyof typeof ENDPOINTS;
