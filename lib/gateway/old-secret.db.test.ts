import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { checkOldSecrets } from "@/lib/alerts/check-old-secrets";
import { listAlerts } from "@/lib/alerts/list-alerts";
import { authenticate } from "@/lib/gateway/authenticate";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { flushOldSecretUses } from "@/lib/keys/old-secret-uses";
import { findKey } from "@/lib/keys/read-keys";
import { rotateKey } from "@/lib/keys/rotate-key";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import { registerSecret } from "@/lib/testing/leaks";
import { useTestDatabase } from "@/lib/testing/test-database";

const HOUR_MS = 3_600_000;
const DAY_SECONDS = 86_400;

let database: ScratchDatabase;
let tenant: Tenant;
let fresh: string;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});
beforeEach(async () => {
  tenant = await makeTenant();
  const { organizationId, keyId, userId } = tenant;
  const rotated = await rotateKey({ organizationId, keyId, gracePeriodSeconds: DAY_SECONDS, actor: { userId } });
  fresh = rotated.secret;
  registerSecret(fresh);
});

/** Moves the rotation and the end of the grace period into the past together. */
async function age(hours: number): Promise<void> {
  await prisma().$executeRaw`
    UPDATE api_key_secret SET created_at = created_at - make_interval(hours => ${hours}::int),
      expires_at = expires_at - make_interval(hours => ${hours}::int) WHERE api_key_id = ${tenant.keyId}`;
}

async function use(secret: string): Promise<void> {
  await authenticate(secret, true);
  await flushOldSecretUses();
}

const shown = async () => (await findKey(tenant))?.oldSecret;

test("a key shows its old secret while that works, when it was used since the rotation, and nothing afterwards", async () => {
  const preview = `${tenant.secret.slice(0, 12)}…${tenant.secret.slice(-4)}`;
  expect(await shown()).toMatchObject({ preview, lastUsedAt: null, isLate: false });
  await use(fresh);
  expect(await shown()).toMatchObject({ lastUsedAt: null });
  await use(tenant.secret);
  const { lastUsedAt, isLate } = (await shown()) ?? {};
  expect(Date.now() - Date.parse(lastUsedAt ?? "")).toBeLessThan(HOUR_MS);
  expect(isLate).toBe(false);
  await age(24);
  expect(await shown()).toBeNull();
});

test("a use that memory answers is noted too", async () => {
  await use(tenant.secret);
  await prisma().apiKeySecret.updateMany({ where: { apiKeyId: tenant.keyId }, data: { lastUsedAt: null } });
  await authenticate(tenant.secret, false);
  await flushOldSecretUses();
  expect((await shown())?.lastUsedAt).not.toBeNull();
});

test("an old secret that is used near its end raises one alert, which leads to the key", async () => {
  await use(tenant.secret);
  await checkOldSecrets();
  expect((await listAlerts(tenant)).alerts).toEqual([]);

  await age(20);
  await prisma().apiKeySecret.updateMany({
    where: { apiKeyId: tenant.keyId, expiresAt: { not: null } },
    data: { lastUsedAt: new Date(Date.now() - 5 * HOUR_MS) },
  });
  await checkOldSecrets();
  expect((await listAlerts(tenant)).alerts).toEqual([]);
  expect(await shown()).toMatchObject({ isLate: false });

  await use(tenant.secret);
  await Promise.all([checkOldSecrets(), checkOldSecrets()]);
  await checkOldSecrets();
  const { alerts } = await listAlerts(tenant);
  expect(alerts).toMatchObject([
    {
      kind: "old_secret_in_use",
      title: "The old secret of the key test key is still in use",
      href: `/dashboard/${tenant.projectId}/keys/${tenant.keyId}`,
    },
  ]);
  expect(JSON.stringify(alerts)).not.toContain(tenant.secret);
  expect(await shown()).toMatchObject({ isLate: true });
});

test("nobody is told about the old secret of a key that is disabled", async () => {
  await use(tenant.secret);
  await age(20);
  await use(tenant.secret);
  const { organizationId, keyId, userId } = tenant;
  await setKeyStatus({ organizationId, keyId, status: "inactive", actor: { userId } });
  await checkOldSecrets();
  expect((await listAlerts(tenant)).alerts).toEqual([]);
});
