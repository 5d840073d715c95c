import type { EndpointName } from "@/lib/iam/operations";
import type { Scope } from "@/lib/keys/scopes";

/**
 * The gateway's endpoints (CONTRACT section 4) and the scope that each needs (section 3). `{id}` stands for the rest of
 * the path: ids of models have slashes and colons.
 */
export const ENDPOINTS = {
  "chat/completions": { method: "POST", scope: "completions:write" },
  completions: { method: "POST", scope: "completions:write" },
  embeddings: { method: "POST", scope: "embeddings:write" },
  responses: { method: "POST", scope: "completions:write" },
  messages: { method: "POST", scope: "completions:write" },
  "messages/count_tokens": { method: "POST", scope: "completions:write" },
  models: { method: "GET", scope: "models:read" },
  "models/{id}": { method: "GET", scope: "models:read" },
  generation: { method: "GET", scope: "usage:read" },
  "generation/{id}": { method: "GET", scope: "usage:read" },
  credits: { method: "GET", scope: "usage:read" },
  key: { method: "GET", scope: "usage:read" },
  "iam/explain": { method: "POST", scope: "models:read" },
} as const satisfies Record<EndpointName, { method: "GET" | "POST"; scope: Scope }>;

export type Endpoint = keyof typeof ENDPOINTS;

/** Endpoints that read something, cost nothing and leave no receipt. */
export type ReadEndpoint = {
  [Name in Endpoint]: (typeof ENDPOINTS)[Name]["method"] extends "GET" ? Name : never;
}[Endpoint];

export function isReadEndpoint(endpoint: Endpoint): endpoint is ReadEndpoint {
  return ENDPOINTS[endpoint].method === "GET";
}

/** The APIs that callers speak: OpenAI's chats and their like, Anthropic's messages, and OpenAI's Responses API. */
export type CallerDialect = "openai" | "anthropic" | "responses";

/** The dialect that an endpoint's callers speak: in it are its answers and its errors. */
export function dialectOf(endpoint: Endpoint): CallerDialect {
  if (endpoint === "responses") return "responses";
  return endpoint === "messages" || endpoint === "messages/count_tokens" ? "anthropic" : "openai";
}

export interface FoundEndpoint {
  endpoint: Endpoint;
  /** What stands in `{id}`'s place, decoded; empty where there is none. */
  id: string;
}

const ID = "{id}";

function isEndpoint(path: string): path is Endpoint {
  return Object.hasOwn(ENDPOINTS, path);
}

const WITH_ID = Object.keys(ENDPOINTS)
  .filter(isEndpoint)
  .filter((endpoint) => endpoint.endsWith(ID))
  .map((endpoint) => ({ endpoint, prefix: endpoint.slice(0, -ID.length) }));

/** The endpoint that a path below `/v1/` leads to; null when there is none. */
export function findEndpoint(path: string): FoundEndpoint | null {
  if (isEndpoint(path) && !path.endsWith(ID)) return { endpoint: path, id: "" };
  const found = WITH_ID.find(({ prefix }) => path.startsWith(prefix) && path.length > prefix.length);
  if (!found) return null;
  try {
    return { endpoint: found.endpoint, id: decodeURIComponent(path.slice(found.prefix.length)) };
  } catch {
    // `%` and no two hexadecimal digits of UTF-8 after it: nothing has such an address.
    return null;
  }
}
