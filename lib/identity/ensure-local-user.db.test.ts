import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureDefaultProject } from "@/lib/identity/ensure-default-project";
import { ensureLocalUser } from "@/lib/identity/ensure-local-user";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { readLocalCaller } from "@/lib/keys/caller-store";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

test("there is nobody to serve without a key until authentication is off", async () => {
  await ensureDefaultProject();
  expect(await readLocalCaller()).toBeNull();
});

test("the local user is made once, however many processes start together, in the default project, and is no master", async () => {
  await Promise.all(Array.from({ length: 5 }, ensureLocalUser));
  const keys = await prisma().apiKey.findMany({ where: { kind: "local" }, include: { project: true, secrets: true } });
  expect(keys).toHaveLength(1);
  expect(keys[0]).toMatchObject({ name: "Local user", project: { isDefault: true }, secrets: [] });
  const caller = await readLocalCaller();
  expect(caller).toMatchObject({ keyId: keys[0]?.id, status: "active", isMaster: false, endUserId: null });
  expect(caller?.scopes).toContain("admin:*");
  expect(caller?.meters.map(({ subject, kind }) => `${subject} ${kind}`).sort()).toEqual([
    "api_key spend",
    "organization credits",
  ]);
});
