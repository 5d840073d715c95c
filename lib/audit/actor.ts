/** Who does something. `address` is the client's, where there is one. github: its secret scanning, by signature. */
export type Actor =
  | { userId: string; address?: string | null }
  | { keyId: string; address?: string | null }
  | { master: true; address?: string | null }
  | { github: true; address?: string | null }
  | { system: true; address?: undefined };

/** The actor as the audit trail writes it: `user:<id>`, `key:<id>`, `master`, `github`, `system`. */
export function actorName(actor: Actor): string {
  if ("userId" in actor) return `user:${actor.userId}`;
  if ("keyId" in actor) return `key:${actor.keyId}`;
  if ("master" in actor) return "master";
  return "github" in actor ? "github" : "system";
}
