import { afterAll, beforeAll, expect, test } from "vitest";
import { listAlerts } from "@/lib/alerts/list-alerts";
import { verifyChain } from "@/lib/audit/verify-chain";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { readCaller } from "@/lib/keys/caller-store";
import { disableLeakedKeys } from "@/lib/keys/disable-leaked-keys";
import { rotateKey } from "@/lib/keys/rotate-key";
import { generateSecret, hashSecret } from "@/lib/keys/secret";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { makeTenant } from "@/lib/testing/builders";
import { registerSecret } from "@/lib/testing/leaks";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

const report = (token: string) => ({ token, url: `https://github.com/a/b?key=${token}`, source: "commit" });

test("a key of ours is disabled with a new version, recorded, shown and mailed, and its text is nowhere", async () => {
  const tenant = await makeTenant();
  const before = await readCaller(hashSecret(tenant.secret));
  const ours = await disableLeakedKeys([report(tenant.secret)], "203.0.113.7");
  expect([...ours]).toEqual([hashSecret(tenant.secret)]);
  const after = await readCaller(hashSecret(tenant.secret));
  expect(after).toMatchObject({ status: "inactive" });
  expect(after?.version).toBeGreaterThan(before?.version ?? 0n);
  const { alerts } = await listAlerts(tenant);
  expect(alerts).toMatchObject([{ kind: "key_leaked", title: "The key test key was found in public and is disabled" }]);
  const event = await prisma().auditEvent.findFirstOrThrow({
    where: { organizationId: tenant.organizationId },
    orderBy: { id: "desc" },
  });
  expect(event).toMatchObject({ actor: "github", action: "key.disable", address: "203.0.113.7" });
  expect(await verifyChain(tenant.organizationId)).toBeNull();
  const mails = await prisma().outgoingMail.findMany();
  expect(mails.filter(({ subject }) => subject.includes("found in public"))).toHaveLength(1);
  expect(JSON.stringify([alerts, event.after, mails])).not.toContain(tenant.secret);
});

test("a report that comes twice, or ten times at once, tells once", async () => {
  const tenant = await makeTenant();
  await Promise.all(Array.from({ length: 10 }, () => disableLeakedKeys([report(tenant.secret)], null)));
  const ours = await disableLeakedKeys([report(tenant.secret), report(tenant.secret)], null);
  expect(ours.size).toBe(1);
  expect((await listAlerts(tenant)).alerts).toHaveLength(1);
});

test("what is no key, a key that nobody has, and an old secret whose grace has ended change nothing", async () => {
  const tenant = await makeTenant();
  const actor = { userId: tenant.userId };
  const { secret } = await rotateKey({ ...tenant, gracePeriodSeconds: 60, actor });
  registerSecret(secret);
  await prisma().apiKeySecret.updateMany({
    where: { hash: hashSecret(tenant.secret) },
    data: { expiresAt: new Date(0) },
  });
  const unknown = generateSecret("live").secret;
  registerSecret(unknown);
  const ours = await disableLeakedKeys(
    ["", "x".repeat(100_000), "tp_live_", `${secret.slice(0, -1)}!`, unknown, tenant.secret].map(report),
    null,
  );
  expect([...ours]).toEqual([hashSecret(tenant.secret)]);
  expect(await readCaller(hashSecret(secret))).toMatchObject({ status: "active" });
  expect((await listAlerts(tenant)).alerts).toEqual([]);
});

test("the old secret of a rotated key disables the key while its grace lasts", async () => {
  const tenant = await makeTenant();
  const { secret } = await rotateKey({ ...tenant, gracePeriodSeconds: 600, actor: { userId: tenant.userId } });
  registerSecret(secret);
  await disableLeakedKeys([report(tenant.secret)], null);
  expect(await readCaller(hashSecret(secret))).toMatchObject({ status: "inactive" });
});

test("a key that was disabled before is ours, and nothing is told", async () => {
  const tenant = await makeTenant();
  await setKeyStatus({ ...tenant, status: "inactive", actor: { userId: tenant.userId } });
  expect((await disableLeakedKeys([report(tenant.secret)], null)).size).toBe(1);
  expect((await listAlerts(tenant)).alerts).toEqual([]);
});
