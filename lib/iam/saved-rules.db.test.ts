import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { draftedRules, previewRules } from "@/lib/gateway/preview-rules";
import { addRule } from "@/lib/iam/add-rule";
import { readRules, readRulesAbove } from "@/lib/iam/read-rules";
import type { IamRule } from "@/lib/iam/rule-schema";
import { setRules } from "@/lib/iam/set-rules";
import { insertMembership, insertUser } from "@/lib/identity/store";
import { closeDatabase, prisma, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { createKey } from "@/lib/keys/create-key";
import { setKeysStatus } from "@/lib/keys/set-key-status";
import { updateKey } from "@/lib/keys/update-key";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

const ONLY_ECHO: IamRule = { type: "allow_models", value: { models: ["echo"] } };
const NO_ECHO: IamRule = { type: "deny_models", value: { models: ["echo"] } };

let database: ScratchDatabase;
let tenant: Tenant;
let stranger: Tenant;

beforeAll(async () => {
  database = await useTestDatabase();
  stranger = await makeTenant();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});
beforeEach(async () => {
  tenant = await makeTenant();
});

const change = () => ({
  organizationId: tenant.organizationId,
  owner: { apiKeyId: tenant.keyId },
  actor: { userId: tenant.userId },
});

async function developer(): Promise<{ userId: string }> {
  return transaction(async (tx) => {
    const email = `developer-${tenant.userId.toLowerCase()}@example.test`;
    const user = await insertUser(tx, { email, name: null, image: null, passwordHash: null, emailVerified: null });
    await insertMembership(tx, { organizationId: tenant.organizationId, userId: user.id, role: "developer" });
    return { userId: user.id };
  });
}

test("a rule that is edited keeps its id, so that receipts still name it; one that is left out goes", async () => {
  const [first, second] = await setRules({
    ...change(),
    rules: [
      { rule: ONLY_ECHO, isActive: true },
      { rule: NO_ECHO, isActive: true },
    ],
  });
  const edited = await setRules({
    ...change(),
    rules: [
      { id: first?.id, rule: NO_ECHO, isActive: false },
      { rule: ONLY_ECHO, isActive: true },
    ],
  });
  expect(edited.map(({ rule, isActive }) => [rule.type, isActive])).toEqual([
    ["deny_models", false],
    ["allow_models", true],
  ]);
  expect(edited[0]?.id).toBe(first?.id);
  expect(edited[1]?.id).not.toBe(second?.id);
});

test("another owner's rule cannot be taken over by its id: it becomes a rule of one's own, and theirs stays", async () => {
  const owner = { apiKeyId: stranger.keyId };
  const [theirs] = await addRule({
    organizationId: stranger.organizationId,
    owner,
    actor: { userId: stranger.userId },
    rule: { rule: ONLY_ECHO, isActive: true },
  });
  const ours = await setRules({ ...change(), rules: [{ id: theirs?.id, rule: NO_ECHO, isActive: true }] });
  expect(ours).toHaveLength(1);
  expect(ours[0]?.id).not.toBe(theirs?.id);
  const stored = await prisma().iamRule.findMany({ where: owner });
  expect(stored).toMatchObject([{ id: theirs?.id, type: "allow_models" }]);
});

test("rules that somebody else has changed meanwhile are not overwritten", async () => {
  const seen = (await setRules({ ...change(), rules: [{ rule: ONLY_ECHO, isActive: true }] })).map(({ id }) => id);
  await addRule({ ...change(), rule: { rule: NO_ECHO, isActive: true } });
  await expect(setRules({ ...change(), rules: [], seen })).rejects.toMatchObject({ code: "conflict" });
  expect(await prisma().iamRule.count({ where: { apiKeyId: tenant.keyId } })).toBe(2);
});

test("a preview of a key's draft obeys the project's and the maker's rules too, and nobody else's", async () => {
  const { organizationId, projectId, keyId } = tenant;
  const actor = { userId: tenant.userId };
  await setRules({ organizationId, owner: { projectId }, actor, rules: [{ rule: NO_ECHO, isActive: true }] });
  const above = await readRulesAbove(organizationId, keyId);
  expect(above.project).toEqual(await readRules({ projectId }));
  expect(above.member).toEqual([]);
  const names = (rules: Parameters<typeof previewRules>[0]) => previewRules(rules).left.map(({ name }) => name);
  const draft = [{ rule: ONLY_ECHO, isActive: true }];
  expect(names(draftedRules("key", draft))).toEqual(["echo"]);
  expect(names(draftedRules("key", draft, above))).toEqual([]);
  const off = [{ rule: ONLY_ECHO, isActive: false }];
  expect(previewRules(draftedRules("key", off)).left).toHaveLength(previewRules([]).total);
  await expect(readRulesAbove(stranger.organizationId, keyId)).rejects.toMatchObject({ code: "not_found" });
});

test("a preview counts operations, and leaves addresses out", () => {
  const kept = (rule: IamRule) => previewRules(draftedRules("key", [{ rule, isActive: true }])).left;
  const embeddings = kept({ type: "allow_operations", value: { operations: ["embeddings"] } }).map(({ name }) => name);
  expect(embeddings).toContain("embed");
  expect(embeddings).not.toContain("echo");
  expect(kept({ type: "allow_ips", value: { cidrs: ["203.0.113.7"] } })).toHaveLength(previewRules([]).total);
});

test("a developer can neither loosen a key's rules nor make a key that manages the organisation", async () => {
  const actor = await developer();
  const { organizationId, projectId } = tenant;
  const wanted = {
    organizationId,
    projectId,
    name: "own",
    environment: "live",
    expiresAt: null,
    usageLimit: null,
    usageLimitReset: "none",
    actor,
  } as const;
  const { key } = await createKey({ ...wanted, rules: [{ rule: ONLY_ECHO, isActive: true }] });
  const update = (changes: Parameters<typeof updateKey>[0]["changes"]) =>
    updateKey({ organizationId, keyId: key.id, changes, actor });
  await expect(update({ rules: [] })).rejects.toMatchObject({ code: "forbidden" });
  await expect(update({ scopes: ["admin:*"] })).rejects.toMatchObject({ code: "forbidden" });
  await expect(createKey({ ...wanted, scopes: ["admin:*"] })).rejects.toMatchObject({ code: "forbidden" });
  expect((await update({ scopes: ["models:read"] })).scopes).toEqual(["models:read"]);
});

test("several keys are disabled together or not at all", async () => {
  const { organizationId, userId } = tenant;
  const second = (await addKey(tenant)).key.id;
  const status = async () =>
    (await prisma().apiKey.findMany({ where: { id: { in: [tenant.keyId, second] } } })).map((key) => key.status);
  const disable = (keyIds: string[]) =>
    setKeysStatus({ organizationId, keyIds, status: "inactive", actor: { userId } });
  await expect(disable([tenant.keyId, second, stranger.keyId])).rejects.toMatchObject({ code: "not_found" });
  expect(await status()).toEqual(["active", "active"]);
  await disable([second, tenant.keyId, second]);
  expect(await status()).toEqual(["inactive", "inactive"]);
});
