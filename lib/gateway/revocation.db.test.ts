import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type AdmissionVerdict, admitBatch } from "@/lib/gateway/admission-statement";
import { authenticate } from "@/lib/gateway/authenticate";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { addRule } from "@/lib/iam/add-rule";
import type { RuleOwner } from "@/lib/iam/store";
import { closeDatabase, pool, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { deleteKey } from "@/lib/keys/delete-key";
import { rotateKey } from "@/lib/keys/rotate-key";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { updateKey } from "@/lib/keys/update-key";
import { pauseOrganization } from "@/lib/projects/pause-organization";
import { pauseProject } from "@/lib/projects/pause-project";
import { setProjectMode } from "@/lib/projects/set-project-mode";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import { admissionOf, admitOne, makeMeter, readAgain, releaseOf } from "@/lib/testing/admissions";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

async function holdsOf(keyId: string): Promise<number> {
  const { rows } = await pool().query<{ count: bigint }>("SELECT count(*) AS count FROM hold WHERE api_key_id = $1", [
    keyId,
  ]);
  return Number(rows[0]?.count ?? 0n);
}

const DENY_ALL = { rule: { type: "deny_models" as const, value: { models: ["*"] } }, isActive: true };

function addRuleTo({ organizationId, userId }: Tenant, owner: RuleOwner): Promise<unknown> {
  return addRule({ organizationId, owner, rule: DENY_ALL, actor: { userId } });
}

/** Every change after which a request must be decided anew. */
const CHANGES: Record<string, (tenant: Tenant) => Promise<unknown>> = {
  disable: ({ organizationId, keyId, userId }) =>
    setKeyStatus({ organizationId, keyId, status: "inactive", actor: { userId } }),
  delete: ({ organizationId, keyId, userId }) => deleteKey({ organizationId, keyId, actor: { userId } }),
  rotate: ({ organizationId, keyId, userId }) =>
    rotateKey({ organizationId, keyId, gracePeriodSeconds: 0, actor: { userId } }),
  "change of limit": ({ organizationId, keyId, userId }) =>
    updateKey({ organizationId, keyId, changes: { usageLimit: null, usageLimitReset: "daily" }, actor: { userId } }),
  "change of the project's mode": ({ organizationId, projectId, userId }) =>
    setProjectMode({ organizationId, projectId, mode: "credits", actor: { userId } }),
  "pause of the project": ({ organizationId, projectId, userId }) =>
    pauseProject({ organizationId, projectId, isPaused: true, actor: { userId } }),
  "pause of the organisation": ({ organizationId, userId }) =>
    pauseOrganization({ organizationId, isPaused: true, actor: { userId } }),
  "new provider key": ({ organizationId, projectId, userId }) =>
    addProviderKey({
      organizationId,
      projectId,
      provider: "openai",
      key: "sk-own-0123456789abcdef",
      actor: { userId },
    }),
  "rule of the key": (tenant) => addRuleTo(tenant, { apiKeyId: tenant.keyId }),
  "rule of the project": (tenant) => addRuleTo(tenant, { projectId: tenant.projectId }),
  "rule of the member": async (tenant) => {
    const { id } = await prisma().membership.findFirstOrThrow({ where: { userId: tenant.userId } });
    return addRuleTo(tenant, { membershipId: id });
  },
};

describe.each(Object.entries(CHANGES))("a %s", (_, change) => {
  test("that is committed is seen by every request admitted afterwards, while requests run", async () => {
    for (let round = 0; round < 6; round += 1) {
      const tenant = await makeTenant();
      const known = await readAgain(tenant.secret);
      const meter = await makeMeter(null);
      let committed = false;
      const late: AdmissionVerdict[] = [];
      const before: AdmissionVerdict[] = [];
      const lane = async () => {
        for (let step = 0; step < 400; step += 1) {
          const after = committed;
          const verdicts = await admitBatch([admissionOf(known, [{ meterId: meter, amount: 1n }])]);
          (after ? late : before).push(...verdicts);
          if (after) return;
        }
      };
      const lanes = [lane(), lane(), lane(), lane()];
      await new Promise((resolve) => setTimeout(resolve, round * 3));
      await change(tenant);
      committed = true;
      // Not even one that was on its way may be held after the change: the change and an admission exclude each other.
      const held = await holdsOf(tenant.keyId);
      await Promise.all(lanes);
      expect(late.length).toBeGreaterThan(0);
      expect(late.every(({ kind }) => kind === "stale")).toBe(true);
      expect(await holdsOf(tenant.keyId)).toBe(held);
      expect(before.filter(({ kind }) => kind === "admitted")).toHaveLength(held);
    }
  });
});

describe("a key in memory", () => {
  test("is a hint: what it admits is decided by the database, and reading it again tells the truth", async () => {
    const tenant = await makeTenant();
    const { caller } = await authenticate(tenant.secret, false);
    expect((await authenticate(tenant.secret, false)).fresh).toBe(false);
    await setKeyStatus({
      organizationId: tenant.organizationId,
      keyId: tenant.keyId,
      status: "inactive",
      actor: { userId: tenant.userId },
    });
    const remembered = await authenticate(tenant.secret, false);
    const admission = admissionOf(remembered.caller, [{ meterId: caller.meters[0]?.id ?? 0n, amount: 1n }]);
    expect((await admitOne(admission)).kind).toBe("stale");
    await expect(authenticate(tenant.secret, true)).rejects.toMatchObject({ code: "key_inactive", status: 401 });
    await expect(authenticate(tenant.secret, false)).rejects.toMatchObject({ code: "key_inactive" });
  });

  test("that was rotated with grace serves by both secrets until the grace ends, by the old one not a moment longer", async () => {
    const tenant = await makeTenant();
    const rotated = await rotateKey({
      organizationId: tenant.organizationId,
      keyId: tenant.keyId,
      gracePeriodSeconds: 3_600,
      actor: { userId: tenant.userId },
    });
    const [old, fresh] = [await readAgain(tenant.secret), await readAgain(rotated.secret)];
    const meter = await makeMeter(null);
    const admissions = [old, fresh].map((caller) => admissionOf(caller, [{ meterId: meter, amount: 1n }]));
    for (const admission of admissions) expect((await admitOne(admission)).kind).toBe("admitted");
    expect(fresh.validUntil).toBeNull();
    await pool().query(
      "UPDATE api_key_secret SET expires_at = clock_timestamp() - interval '1 ms' WHERE api_key_id = $1 AND expires_at IS NOT NULL",
      [tenant.keyId],
    );
    await expect(authenticate(tenant.secret, true)).rejects.toMatchObject({ code: "invalid_key" });
    expect(
      (await admitOne(admissionOf(old, [{ meterId: meter, amount: 1n }], { validUntil: Date.now() - 1 }))).kind,
    ).toBe("expired");
    await settleBatch(admissions.map((admission) => releaseOf(admission)));
  });

  test("security: that ends is over by the database's clock, also on an instance whose own is slow or fast", async () => {
    const tenant = await makeTenant();
    const at = async (offMs: number, endsInSeconds: number) => {
      await pool().query(
        "UPDATE api_key SET expires_at = clock_timestamp() + make_interval(secs => $2) WHERE id = $1",
        [tenant.keyId, endsInSeconds],
      );
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + offMs });
      try {
        return await Promise.resolve(authenticate(tenant.secret, true)).then(
          ({ caller }) => caller.status,
          (error: unknown) => error,
        );
      } finally {
        vi.useRealTimers();
      }
    };
    expect(await at(600_000, 60)).toBe("active");
    expect(await at(-600_000, -60)).toMatchObject({ code: "key_expired", status: 401 });
  });
});
