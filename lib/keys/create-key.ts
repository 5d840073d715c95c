import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { formatUsd, type Usd } from "@/lib/core/money";
import { cleanText } from "@/lib/core/text";
import { requireEndUser } from "@/lib/end-users/require-end-user";
import { auditedRule, type NewRule } from "@/lib/iam/rule-schema";
import { replaceRules } from "@/lib/iam/store";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import type { Prisma } from "@/lib/infra/prisma-client/client";
import { refuseExpired } from "@/lib/keys/expiry";
import type { KeyView } from "@/lib/keys/key-view";
import { requireKey } from "@/lib/keys/read-keys";
import { KEY_NAME_CHARACTERS_MAX, type UsageLimitReset } from "@/lib/keys/schemas";
import { DEFAULT_SCOPES, type Scope } from "@/lib/keys/scopes";
import { generateSecret, type KeyEnvironment } from "@/lib/keys/secret";
import { insertKey } from "@/lib/keys/store";
import { createMeter } from "@/lib/meters/store";
import { shareProject } from "@/lib/projects/store";

export interface NewKey {
  organizationId: string;
  projectId: string;
  name: string;
  environment: KeyEnvironment;
  /** null: never. */
  expiresAt: Date | null;
  /** null: counted, not limited. */
  usageLimit: Usd | null;
  usageLimitReset: UsageLimitReset;
  /** The default four when left out. */
  scopes?: readonly Scope[];
  /** Requests and tokens a minute; null or left out: not limited. */
  rateLimitRpm?: number | null;
  rateLimitTpm?: number | null;
  /** The end user that the key belongs to, as our customer names them; their budget is spent. */
  endUser?: string | null;
  /** None when left out. */
  rules?: readonly NewRule[];
  metadata?: Prisma.InputJsonObject;
  /** Whether an expiry that has passed is taken as it is; refused when left out. */
  acceptsPastExpiry?: boolean;
  /** A person becomes the key's maker. */
  actor: Actor;
}

/**
 * Makes a key with its meters. The secret is in the answer and nowhere else, ever.
 * @throws GatewayError not_found for a project that is not the organisation's; user_not_found; forbidden;
 * insufficient_scope where a key would make one that may do more than itself; invalid_fields for an expiry that has passed.
 */
export async function createKey(wanted: NewKey): Promise<{ key: KeyView; secret: string }> {
  const { organizationId, projectId, environment, expiresAt, actor } = wanted;
  if (!wanted.acceptsPastExpiry) refuseExpired(expiresAt);
  const secret = generateSecret(environment);
  const scopes = [...new Set(wanted.scopes ?? DEFAULT_SCOPES)];
  const keyId = await transaction(async (tx) => {
    // First the lock: somebody who is being removed makes no key that their removal does not see.
    if (!(await shareProject(tx, organizationId, projectId))) throw notFound("Project");
    await permit(tx, organizationId, actor, "keys.create");
    if (scopes.includes("admin:*")) await permit(tx, organizationId, actor, "organization.update");
    const endUserId = wanted.endUser == null ? null : await requireEndUser(tx, organizationId, wanted.endUser);
    const row = {
      organizationId,
      projectId,
      name: cleanText(wanted.name, KEY_NAME_CHARACTERS_MAX),
      environment,
      scopes,
      expiresAt,
      createdById: "userId" in actor ? actor.userId : null,
      endUserId,
      metadata: wanted.metadata ?? {},
    };
    const key = await insertKey(tx, row, secret);
    await replaceRules(tx, { apiKeyId: key.id }, wanted.rules ?? []);
    const subject = { organizationId, subject: "api_key", subjectId: key.id } as const;
    await createMeter(tx, {
      ...subject,
      kind: "spend",
      unit: "usd",
      limit: wanted.usageLimit,
      period: wanted.usageLimitReset,
    });
    const rates = [
      { unit: "requests", limit: wanted.rateLimitRpm ?? null },
      { unit: "tokens", limit: wanted.rateLimitTpm ?? null },
    ] as const;
    for (const { unit, limit } of rates) {
      if (limit === null) continue;
      await createMeter(tx, { ...subject, kind: "rate", unit, limit: BigInt(limit), period: "minute" });
    }
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "key.create",
      target: `key:${key.id}`,
      after: {
        project_id: projectId,
        name: row.name,
        environment,
        preview: `${secret.prefix}…${secret.lastFour}`,
        scopes,
        expires_at: expiresAt?.toISOString() ?? null,
        usage_limit: wanted.usageLimit === null ? null : formatUsd(wanted.usageLimit),
        usage_limit_reset: wanted.usageLimitReset,
        rate_limit_rpm: wanted.rateLimitRpm ?? null,
        rate_limit_tpm: wanted.rateLimitTpm ?? null,
        ...(endUserId === null ? {} : { user_id: wanted.endUser ?? null }),
        ...(wanted.rules?.length ? { iam_rules: wanted.rules.map(auditedRule) } : {}),
      },
    });
    return key.id;
  });
  return { key: await requireKey({ organizationId, keyId }), secret: secret.secret };
}
