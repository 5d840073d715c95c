import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { GatewayError } from "@/lib/core/errors";
import { formatUsd, parseUsd } from "@/lib/core/money";
import { cleanText } from "@/lib/core/text";
import { notFound, permit } from "@/lib/identity/permit";
import { readClock } from "@/lib/infra/clock-store";
import { transaction } from "@/lib/infra/db";
import { insertPassingSecret, insertPlaygroundKey, lockPlaygroundKey } from "@/lib/keys/playground-store";
import { KEY_NAME_CHARACTERS_MAX } from "@/lib/keys/schemas";
import type { Scope } from "@/lib/keys/scopes";
import { generateSecret } from "@/lib/keys/secret";
import { retireSecrets, saveKey } from "@/lib/keys/store";
import { createMeter } from "@/lib/meters/store";
import { shareProject } from "@/lib/projects/store";

/** What one person may spend on the playground of one project in a UTC day. */
export const PLAYGROUND_LIMIT = parseUsd("5");
const SECRET_MS = 3_600_000;
const SCOPES: Scope[] = ["completions:write"];

export interface PlaygroundOpening {
  organizationId: string;
  projectId: string;
  /** Whose playground it is, as logs show it. */
  person: { id: string; name: string };
  /** Where from; null: not known. */
  address: string | null;
}

/**
 * A secret that the playground calls the gateway with, for an hour: of a key that each person has for themselves in a
 * project, that no list shows, that spends at most `PLAYGROUND_LIMIT` a day and can do nothing but call models. The one
 * before it works until its own hour ends, for a second page that is open; older ones end now (docs/decisions/0014).
 * @throws GatewayError not_found, forbidden.
 */
export function openPlayground({
  organizationId,
  projectId,
  person,
  address,
}: PlaygroundOpening): Promise<{ secret: string; expiresAt: string }> {
  const actor: Actor = { userId: person.id, address };
  return transaction(async (tx) => {
    // First the lock, as `createKey` does.
    if (!(await shareProject(tx, organizationId, projectId))) throw notFound("Project");
    await permit(tx, organizationId, actor, "keys.create");
    const name = cleanText(`Playground (${person.name})`, KEY_NAME_CHARACTERS_MAX);
    const owner = { projectId, createdById: person.id };
    const madeId = await insertPlaygroundKey(tx, { ...owner, organizationId, name, scopes: SCOPES });
    const key = await lockPlaygroundKey(tx, owner);
    if (!key) throw new GatewayError("internal_error", "The key of a playground is gone as soon as it was made");
    if (madeId !== null) {
      await createMeter(tx, {
        organizationId,
        subject: "api_key",
        subjectId: key.id,
        kind: "spend",
        unit: "usd",
        limit: PLAYGROUND_LIMIT,
        period: "daily",
      });
    }
    // By the clock that ends it: this instance's own may be another.
    const now = await readClock(tx);
    const expiresAt = new Date(now.getTime() + SECRET_MS);
    const [last] = key.secrets;
    const isLastAlive = last?.expiresAt != null && last.expiresAt > now;
    await retireSecrets(tx, key.id, isLastAlive ? last.id : null, last?.expiresAt ?? now);
    const secret = generateSecret("live");
    await insertPassingSecret(tx, key.id, secret, expiresAt);
    await saveKey(tx, key.id, {});
    await recordAudit(tx, {
      organizationId,
      actor,
      action: madeId === null ? "key.rotate" : "key.create",
      target: `key:${key.id}`,
      after: {
        project_id: projectId,
        name,
        kind: "playground",
        preview: `${secret.prefix}…${secret.lastFour}`,
        expires_at: expiresAt.toISOString(),
        usage_limit: formatUsd(PLAYGROUND_LIMIT),
        usage_limit_reset: "daily",
      },
    });
    return { secret: secret.secret, expiresAt: expiresAt.toISOString() };
  });
}
