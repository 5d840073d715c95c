import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { authenticate } from "@/lib/gateway/authenticate";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { createProject } from "@/lib/projects/create-project";
import { pauseOrganization } from "@/lib/projects/pause-organization";
import { pauseProject } from "@/lib/projects/pause-project";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
let tenant: Tenant;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});
beforeEach(async () => {
  tenant = await makeTenant();
});

/** true, or the code of the refusal. */
async function works(secret: string): Promise<unknown> {
  try {
    await authenticate(secret, true);
    return true;
  } catch (error) {
    return error instanceof GatewayError ? error.code : error;
  }
}

const LEVELS = {
  project: (isPaused: boolean, { organizationId, projectId, userId } = tenant) =>
    pauseProject({ organizationId, projectId, isPaused, actor: { userId } }),
  organisation: (isPaused: boolean, { organizationId, userId } = tenant) =>
    pauseOrganization({ organizationId, isPaused, actor: { userId } }),
};

describe.each(Object.entries(LEVELS))("a pause of the %s", (_, pause) => {
  test("refuses every key, also one that is made meanwhile, and nobody else's; then they go on as they were", async () => {
    const neighbour = await makeTenant();
    const off = await addKey(tenant);
    await setKeyStatus({ ...tenant, keyId: off.key.id, status: "inactive", actor: { userId: tenant.userId } });
    await pause(true);
    const late = await addKey(tenant);
    expect(await works(tenant.secret)).toBe("key_inactive");
    expect(await works(late.secret)).toBe("key_inactive");
    expect(await works(neighbour.secret)).toBe(true);
    await pause(false);
    expect(await works(tenant.secret)).toBe(true);
    expect(await works(late.secret)).toBe(true);
    expect(await works(off.secret)).toBe("key_inactive");
  });

  test("is recorded once however often it is asked for, and refused to those who may not", async () => {
    await Promise.all([pause(true), pause(true), pause(true)]);
    const events = await prisma().auditEvent.count({
      where: { organizationId: tenant.organizationId, action: { endsWith: ".pause" } },
    });
    expect(events).toBe(1);
    const stranger = await makeTenant();
    await expect(pause(false, { ...tenant, userId: stranger.userId })).rejects.toMatchObject({ code: "not_found" });
    await prisma().membership.updateMany({ where: { userId: tenant.userId }, data: { role: "developer" } });
    await expect(pause(false)).rejects.toMatchObject({ code: "forbidden" });
  });

  test("and keys made at the same moment never leave one that works", async () => {
    for (let round = 0; round < 5; round += 1) {
      const own = await makeTenant();
      const [, ...made] = await Promise.all([pause(true, own), ...Array.from({ length: 4 }, () => addKey(own))]);
      for (const { secret } of made) expect(await works(secret)).toBe("key_inactive");
    }
  });
});

test("a pause of the organisation holds in every project, and a project that is paused by itself stays so", async () => {
  const actor = { userId: tenant.userId };
  const second = await createProject({ organizationId: tenant.organizationId, name: "Second", actor });
  const { secret } = await addKey({ ...tenant, projectId: second.id });
  await LEVELS.project(true);
  await LEVELS.organisation(true);
  expect([await works(tenant.secret), await works(secret)]).toEqual(["key_inactive", "key_inactive"]);
  await LEVELS.organisation(false);
  expect([await works(tenant.secret), await works(secret)]).toEqual(["key_inactive", true]);
});
