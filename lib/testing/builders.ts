import { newId } from "@/lib/core/ids";
import { type Usd, ZERO_USD } from "@/lib/core/money";
import { createPerson } from "@/lib/identity/create-person";
import { setEnvironment } from "@/lib/infra/config";
import { transaction } from "@/lib/infra/db";
import { createKey } from "@/lib/keys/create-key";
import type { Scope } from "@/lib/keys/scopes";
import type { KeyEnvironment } from "@/lib/keys/secret";
import { grantCredits } from "@/lib/ledger/grant-credits";
import { setProjectMode } from "@/lib/projects/set-project-mode";
import { registerSecret } from "@/lib/testing/leaks";

/** Somebody with an organisation, a project and one key, made by the same functions as the dashboard's. */
export interface Tenant {
  userId: string;
  organizationId: string;
  projectId: string;
  keyId: string;
  /** The whole key. */
  secret: string;
}

export interface TenantOptions {
  /** Beyond the welcome credits. */
  credits?: Usd;
  mode?: "api_keys" | "credits" | "hybrid";
  environment?: KeyEnvironment;
  usageLimit?: Usd | null;
  rateLimitRpm?: number | null;
  scopes?: Scope[];
}

/** Makes a tenant in the database that `config()` names. */
export async function makeTenant(options: TenantOptions = {}): Promise<Tenant> {
  const person = await transaction(async (tx) => {
    const made = await createPerson(
      tx,
      {
        name: "Test",
        email: `${newId("usr").toLowerCase()}@example.test`,
        image: null,
        passwordHash: null,
        emailVerified: null,
      },
      null,
    );
    const credits = options.credits ?? ZERO_USD;
    if (credits > 0n) {
      await grantCredits(tx, {
        organizationId: made.organizationId,
        amount: credits,
        reason: "for a test",
        source: `test:${made.organizationId}`,
      });
    }
    return made;
  });
  const { organizationId, projectId } = person;
  const actor = { userId: person.user.id };
  if (options.mode) await setProjectMode({ organizationId, projectId, mode: options.mode, actor });
  const { key, secret } = await addKey({ organizationId, projectId, userId: person.user.id }, options);
  return { userId: person.user.id, organizationId, projectId, keyId: key.id, secret };
}

/** `makeTenant` without the welcome credits. */
export async function makePoorTenant(options: TenantOptions): Promise<Tenant> {
  setEnvironment({ TURNPIKE_EMBEDDED_DATABASE: "false" });
  try {
    return await makeTenant(options);
  } finally {
    setEnvironment({ TURNPIKE_EMBEDDED_DATABASE: "true" });
  }
}

/** One more key for a tenant's project. */
export async function addKey(
  owner: Pick<Tenant, "organizationId" | "projectId" | "userId">,
  options: TenantOptions = {},
) {
  const made = await createKey({
    organizationId: owner.organizationId,
    projectId: owner.projectId,
    name: "test key",
    environment: options.environment ?? "live",
    expiresAt: null,
    usageLimit: options.usageLimit ?? null,
    usageLimitReset: "none",
    rateLimitRpm: options.rateLimitRpm ?? null,
    ...(options.scopes ? { scopes: options.scopes } : {}),
    actor: { userId: owner.userId },
  });
  registerSecret(made.secret);
  return made;
}
