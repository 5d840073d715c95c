import type { Tx } from "@/lib/infra/db";
import { SCOPES } from "@/lib/keys/scopes";
import { insertHiddenKey } from "@/lib/keys/store";
import { createMeter } from "@/lib/meters/store";

/** Whose requests have no key of their own, and what their key is called in logs. */
const NAMES = { master: "Master key", local: "Local user" } as const;

/**
 * Makes the key without a secret that requests with the master key, or with authentication off, are held, settled and
 * recorded under: with every scope and no limit. No list shows it.
 */
export async function createHiddenKey(
  tx: Tx,
  kind: keyof typeof NAMES,
  { organizationId, projectId }: { organizationId: string; projectId: string },
): Promise<void> {
  const key = await insertHiddenKey(tx, { kind, name: NAMES[kind], organizationId, projectId, scopes: [...SCOPES] });
  await createMeter(tx, {
    organizationId,
    subject: "api_key",
    subjectId: key.id,
    kind: "spend",
    unit: "usd",
    limit: null,
  });
}
