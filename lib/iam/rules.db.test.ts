import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verifyChain } from "@/lib/audit/verify-chain";
import { authenticate } from "@/lib/gateway/authenticate";
import { incomingFromWeb } from "@/lib/gateway/incoming";
import { serve } from "@/lib/gateway/pipeline";
import { drainSettlements } from "@/lib/gateway/settle";
import { addRule } from "@/lib/iam/add-rule";
import { deleteRule } from "@/lib/iam/delete-rule";
import { iamRuleSchema, type NewRule } from "@/lib/iam/rule-schema";
import { RULE_TYPES } from "@/lib/iam/rules/registry";
import { setRuleStatus } from "@/lib/iam/set-rule-status";
import { setRules } from "@/lib/iam/set-rules";
import type { RuleOwner } from "@/lib/iam/store";
import type { Role } from "@/lib/identity/roles";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { RuleType } from "@/lib/infra/prisma-client/client";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { admissionOf, admitOne, makeMeter, readAgain } from "@/lib/testing/admissions";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import { auditMoney, untilSettled } from "@/lib/testing/gateway";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
let tenant: Tenant;
let membershipId: string;

beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({ LOG_LEVEL: "silent" });
});
beforeEach(async () => {
  tenant = await makeTenant({ mode: "credits" });
  membershipId = (await prisma().membership.findFirstOrThrow({ where: { userId: tenant.userId } })).id;
});
afterAll(async () => {
  await drainSettlements(5_000);
  await closeDatabase();
  await database.drop();
});

/** A value of each type that denies `simulator/echo` to everyone; a forgotten type does not compile. */
const DENYING: Readonly<Record<RuleType, unknown>> = {
  allow_models: { models: ["gpt-4o"] },
  deny_models: { models: ["simulator/echo"] },
  allow_providers: { providers: ["openai"] },
  deny_providers: { providers: ["simulator"] },
  allow_pricing: { pricing_type: "free" },
  deny_pricing: { pricing_type: "paid" },
  allow_ips: { cidrs: ["198.51.100.0/24"] },
  deny_ips: { cidrs: ["192.0.2.0/24"] },
  allow_operations: { operations: ["embeddings"] },
  deny_operations: { operations: ["chat/completions"] },
};

const denying = (type: RuleType, isActive = true): NewRule => ({
  rule: iamRuleSchema.parse({ type, value: DENYING[type] }),
  isActive,
});

const OWNERS: Readonly<Record<string, () => RuleOwner>> = {
  key: () => ({ apiKeyId: tenant.keyId }),
  project: () => ({ projectId: tenant.projectId }),
  member: () => ({ membershipId }),
};

const change = (owner: RuleOwner) => ({
  organizationId: tenant.organizationId,
  owner,
  actor: { userId: tenant.userId },
});

async function ask(secret = tenant.secret): Promise<number> {
  const answer = await serve(
    incomingFromWeb(
      new Request("http://gateway/v1/chat/completions", {
        method: "POST",
        headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "simulator/echo", messages: [{ role: "user", content: "Hi" }], max_tokens: 16 }),
      }),
      "192.0.2.7",
    ),
    "chat/completions",
  );
  return answer.status;
}

describe.each(Object.entries(OWNERS))("rules of a %s", (level, ownerOf) => {
  test("are read with the key, in force only, each with its level", async () => {
    await setRules({ ...change(ownerOf()), rules: RULE_TYPES.map((type) => denying(type, false)) });
    expect((await readAgain(tenant.secret)).rules).toBeNull();
    await setRules({ ...change(ownerOf()), rules: RULE_TYPES.map((type) => denying(type)) });
    const { rules } = await readAgain(tenant.secret);
    const all = [...(rules?.request ?? []), ...(rules?.model ?? []), ...(rules?.offer ?? [])].flatMap((group) => [
      ...group.rules,
    ]);
    expect(new Set(all.map(({ type }) => type))).toEqual(new Set(RULE_TYPES));
    expect(new Set(all.map((rule) => rule.level))).toEqual(new Set([level]));
  });

  test.each(RULE_TYPES)(
    "%s acts on the next request of a remembered key, when it comes and when it goes",
    async (type) => {
      expect(await ask()).toBe(200);
      const [added] = await addRule({ ...change(ownerOf()), rule: denying(type) });
      expect((await authenticate(tenant.secret, false)).fresh).toBe(false);
      expect(await ask()).toBe(403);
      const ruleId = added?.id ?? "";
      await setRuleStatus({ ...change(ownerOf()), ruleId, isActive: false });
      expect(await ask()).toBe(200);
      await setRuleStatus({ ...change(ownerOf()), ruleId, isActive: true });
      expect(await ask()).toBe(403);
      await deleteRule({ ...change(ownerOf()), ruleId });
      expect(await ask()).toBe(200);
    },
  );

  test("are stale to every admission after a change, whichever process remembers the key", async () => {
    const meter = await makeMeter(null);
    const idOf = async () => {
      const rule = await prisma().iamRule.findFirstOrThrow({ where: ownerOf(), select: { id: true } });
      return rule.id;
    };
    const changes = [
      () => setRules({ ...change(ownerOf()), rules: [denying("deny_models")] }),
      () => addRule({ ...change(ownerOf()), rule: denying("deny_ips") }),
      async () => setRuleStatus({ ...change(ownerOf()), ruleId: await idOf(), isActive: false }),
      async () => deleteRule({ ...change(ownerOf()), ruleId: await idOf() }),
    ];
    for (const one of changes) {
      const remembered = await readAgain(tenant.secret);
      await one();
      const verdict = await admitOne(admissionOf(remembered, [{ meterId: meter, amount: 1n }]));
      expect(verdict.kind).toBe("stale");
    }
  });

  test("are audited before and after, in one chain with everything else", async () => {
    const [first] = await setRules({ ...change(ownerOf()), rules: [denying("deny_models")] });
    await setRuleStatus({ ...change(ownerOf()), ruleId: first?.id ?? "", isActive: false });
    const { organizationId } = tenant;
    const events = await prisma().auditEvent.findMany({
      where: { organizationId, action: { startsWith: "rules." } },
      orderBy: { id: "asc" },
    });
    const rule = { type: "deny_models", value: DENYING.deny_models };
    expect(events).toMatchObject([
      { action: "rules.set", before: { iam_rules: [] }, after: { iam_rules: [{ ...rule, status: "active" }] } },
      {
        action: "rules.disable",
        before: { iam_rules: [{ ...rule, status: "active" }] },
        after: { iam_rules: [{ ...rule, status: "inactive" }] },
      },
    ]);
    expect(events[0]?.target.startsWith(`${level}:`)).toBe(true);
    expect(await verifyChain(organizationId)).toBeNull();
  });

  test("are nobody else's to see or change", async () => {
    const other = await makeTenant();
    const rules = await setRules({ ...change(ownerOf()), rules: [denying("deny_models")] });
    const foreign = { organizationId: other.organizationId, owner: ownerOf(), actor: { userId: other.userId } };
    const ruleId = rules[0]?.id ?? "";
    for (const attempt of [
      () => setRules({ ...foreign, rules: [] }),
      () => addRule({ ...foreign, rule: denying("deny_ips") }),
      () => deleteRule({ ...foreign, ruleId }),
      () => setRuleStatus({ ...foreign, ruleId, isActive: false }),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: "not_found" });
    const mine = { organizationId: other.organizationId, owner: { apiKeyId: other.keyId }, actor: foreign.actor };
    await expect(deleteRule({ ...mine, ruleId })).rejects.toMatchObject({ code: "not_found" });
    await expect(setRuleStatus({ ...mine, ruleId, isActive: false })).rejects.toMatchObject({ code: "not_found" });
    expect(await ask()).toBe(403);
    expect(await ask(other.secret)).not.toBe(403);
  });

  test("are owners' and admins' to change", async () => {
    const roles: [Role, boolean][] = [
      ["owner", true],
      ["admin", true],
      ["developer", false],
      ["billing", false],
      ["viewer", false],
    ];
    for (const [role, may] of roles) {
      await prisma().membership.update({ where: { id: membershipId }, data: { role } });
      const attempt = setRules({ ...change(ownerOf()), rules: [] });
      if (may) await expect(attempt).resolves.toEqual([]);
      else await expect(attempt).rejects.toMatchObject({ code: "forbidden" });
    }
  });

  test("are at most a hundred, however many are added at once", async () => {
    await setRules({ ...change(ownerOf()), rules: Array.from({ length: 98 }, () => denying("deny_models")) });
    const added = await Promise.allSettled(
      Array.from({ length: 5 }, () => addRule({ ...change(ownerOf()), rule: denying("deny_ips") })),
    );
    expect(added.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    for (const result of added)
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "invalid_fields" });
  });
});

test("rules of a member hold for the keys that they made, also for one made at the same time, and for no other's", async () => {
  const made = Promise.all(Array.from({ length: 4 }, () => addKey(tenant)));
  await setRules({ ...change({ membershipId }), rules: [denying("deny_models")] });
  for (const { secret } of await made) expect(await ask(secret)).toBe(403);
  const { key, secret } = await addKey(tenant);
  expect(await ask(secret)).toBe(403);
  await prisma().apiKey.update({ where: { id: key.id }, data: { createdById: null, version: { increment: 1 } } });
  expect(await ask(secret)).toBe(200);
});

test("what a rule refused holds nothing, and the money adds up", async () => {
  await setRules({ ...change({ apiKeyId: tenant.keyId }), rules: [denying("deny_models")] });
  expect(await Promise.all(Array.from({ length: 20 }, () => ask()))).toEqual(Array.from({ length: 20 }, () => 403));
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
});
