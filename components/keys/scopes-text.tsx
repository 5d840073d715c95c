import { DEFAULT_SCOPES, SCOPES, type Scope } from "@/lib/keys/scopes";

/** Of a scope, what tells it from the others at a glance. */
const SHORT: Readonly<Record<Scope, string>> = {
  "completions:write": "completions",
  "embeddings:write": "embeddings",
  "models:read": "models",
  "usage:read": "usage",
  "admin:*": "admin",
};

/** What a key may do, in a few words; all of it on hover. */
export function ScopesText({ scopes }: { scopes: readonly string[] }) {
  const held = SCOPES.filter((scope) => scopes.includes(scope));
  const isDefault = held.length === DEFAULT_SCOPES.length && DEFAULT_SCOPES.every((scope) => held.includes(scope));
  const words = isDefault ? "Default" : held.length === 0 ? "None" : held.map((scope) => SHORT[scope]).join(", ");
  return (
    <span title={scopes.join(", ")} className="line-clamp-2 text-xs">
      {words}
    </span>
  );
}
