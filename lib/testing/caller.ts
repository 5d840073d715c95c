import type { Caller } from "@/lib/keys/caller";

/** Whoever calls with a plain key: live, on credits, without meters, provider keys or rules, unless told otherwise. */
export function plainCaller(changes: Partial<Caller> = {}): Caller {
  return {
    keyId: "key_1",
    keyName: "CI",
    version: 1n,
    status: "active",
    environment: "live",
    scopes: ["completions:write"],
    organizationId: "org_1",
    projectId: "prj_1",
    mode: "credits",
    cacheTtlSeconds: null,
    keepsBodies: false,
    endUserId: null,
    validUntil: null,
    meters: [],
    providerKeys: [],
    rules: null,
    ...changes,
  };
}
