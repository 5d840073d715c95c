import { SCOPES, type Scope } from "@/lib/keys/scopes";

/** The gateway's endpoints (CONTRACT section 4), as rules name them; `lib/gateway/endpoints.ts` says what each of them is. */
export const ENDPOINT_NAMES = [
  "chat/completions",
  "completions",
  "embeddings",
  "responses",
  "messages",
  "messages/count_tokens",
  "models",
  "models/{id}",
  "generation",
  "generation/{id}",
  "credits",
  "key",
  "iam/explain",
] as const;

export type EndpointName = (typeof ENDPOINT_NAMES)[number];

/** What rules about operations may name: scopes, and endpoints. */
export const OPERATIONS: readonly [string, ...string[]] = [...SCOPES, ...ENDPOINT_NAMES];

/** What somebody does: the name that refusals say, and the scope that it needs. */
export interface Operation {
  name: string;
  scope: Scope;
}

/** Whether one of `named` covers an operation: its name, its scope, or for one thing of a list the list (`models` also `models/{id}`). */
export function coversOperation(named: ReadonlySet<string>, { name, scope }: Operation): boolean {
  return named.has(name) || named.has(scope) || (name.endsWith("/{id}") && named.has(name.slice(0, -"/{id}".length)));
}
