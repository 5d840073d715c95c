import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { saveAutoTopUp } from "@/lib/billing/auto-top-up-store";
import { GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import { parseUsd } from "@/lib/core/money";
import { authenticate } from "@/lib/gateway/authenticate";
import { ensureDefaultProject } from "@/lib/identity/ensure-default-project";
import { closeDatabase, prisma, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { checkBooks } from "@/lib/ledger/check-books";
import { acceptInvite } from "@/lib/members/accept-invite";
import { inviteMember } from "@/lib/members/invite-member";
import { createProject } from "@/lib/projects/create-project";
import { deleteOrganization } from "@/lib/projects/delete-organization";
import { listProjects } from "@/lib/projects/list-projects";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
let tenant: Tenant;
let name: string;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});
beforeEach(async () => {
  tenant = await makeTenant({ credits: parseUsd("7") });
  name = await nameOf(tenant.organizationId);
});

async function nameOf(id: string): Promise<string> {
  return (await prisma().organization.findUniqueOrThrow({ where: { id } })).name;
}

/** What became of it: done, or the code of the refusal. */
async function outcome(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return "done";
  } catch (error) {
    return error instanceof GatewayError ? error.code : error;
  }
}

const remove = (changes: Partial<Parameters<typeof deleteOrganization>[0]> = {}) =>
  outcome(
    deleteOrganization({ organizationId: tenant.organizationId, name, actor: { userId: tenant.userId }, ...changes }),
  );

const works = (secret: string) => outcome(Promise.resolve(authenticate(secret, true)));

test("all its keys are refused from the commit on, those of every project, and nobody else's", async () => {
  const { organizationId, userId } = tenant;
  const neighbour = await makeTenant();
  const second = await createProject({ organizationId, name: "Second", mode: "hybrid", actor: { userId } });
  const other = await addKey({ ...tenant, projectId: second.id });
  expect([await works(tenant.secret), await works(other.secret)]).toEqual(["done", "done"]);
  expect(await remove()).toBe("done");
  for (const secret of [tenant.secret, other.secret]) expect(await works(secret)).not.toBe("done");
  expect(await works(neighbour.secret)).toBe("done");
});

test("nobody is a member, no invitation leads there, no provider key is left, and no card is charged", async () => {
  const { organizationId, projectId, userId } = tenant;
  const actor = { userId };
  const invite = await inviteMember({ organizationId, email: "friend@example.test", role: "admin", actor });
  for (const served of [projectId, null])
    await addProviderKey({
      organizationId,
      projectId: served,
      provider: "anthropic",
      key: "sk-ant-0123456789",
      name: null,
      actor,
    });
  const settings = { threshold: 1n, amount: parseUsd("5"), monthlyCeiling: parseUsd("50"), paymentMethod: "pm_1" };
  await transaction((tx) => saveAutoTopUp(tx, organizationId, settings));
  expect(await remove()).toBe("done");
  expect(await listProjects(userId)).toEqual([]);
  const friend = await makeTenant();
  const token = new URL(invite.link ?? "").searchParams.get("token") ?? "";
  expect(await outcome(acceptInvite({ token, userId: friend.userId, address: null }))).not.toBe("done");
  expect(await prisma().providerKey.count({ where: { organizationId } })).toBe(0);
  expect(await prisma().membership.count({ where: { organizationId } })).toBe(0);
  expect(await prisma().autoTopUp.findUnique({ where: { organizationId } })).toMatchObject({ enabled: false });
});

test("what the books are made of stays, they agree, and the audit trail says who did it", async () => {
  const { organizationId, userId } = tenant;
  const entries = await prisma().journalEntry.count({ where: { organizationId } });
  expect(entries).toBeGreaterThan(0);
  expect(await remove()).toBe("done");
  expect(await prisma().journalEntry.count({ where: { organizationId } })).toBe(entries);
  expect((await checkBooks()).findings).toEqual([]);
  const event = await prisma().auditEvent.findFirstOrThrow({
    where: { organizationId, action: "organization.delete" },
  });
  expect(event).toMatchObject({ actor: `user:${userId}`, before: { name, members: 1, projects: 1, provider_keys: 0 } });
});

test("only an owner may, who types its name, and only once", async () => {
  const { organizationId } = tenant;
  const admin = await makeTenant();
  await prisma().membership.create({
    data: { id: newId("mem"), organizationId, userId: admin.userId, role: "admin" },
  });
  const stranger = await makeTenant();
  expect(await remove({ actor: { userId: admin.userId } })).toBe("forbidden");
  expect(await remove({ actor: { userId: stranger.userId } })).toBe("not_found");
  expect(await remove({ name: `${name}!` })).toBe("invalid_fields");
  expect(await works(tenant.secret)).toBe("done");
  expect(await remove()).toBe("done");
  expect(await remove()).toBe("not_found");
});

test("the one that every installation has cannot be deleted", async () => {
  await ensureDefaultProject();
  const { id } = await prisma().organization.findFirstOrThrow({ where: { isDefault: true } });
  expect(await remove({ organizationId: id, name: await nameOf(id), actor: { master: true } })).toBe("conflict");
});

test("keys and projects that are made at the same moment are refused, or dead with the others", async () => {
  const { organizationId, userId } = tenant;
  const actor = { userId };
  const making = Array.from({ length: 8 }, () => addKey(tenant).catch((error: unknown) => error));
  const projects = [actor, { master: true } as const].map((by) =>
    outcome(createProject({ organizationId, name: "Late", mode: "hybrid", actor: by })),
  );
  const [removed, ...made] = await Promise.all([remove(), ...making]);
  await Promise.all(projects);
  expect(removed).toBe("done");
  for (const one of made)
    if (typeof one === "object" && one !== null && "secret" in one)
      expect(await works(`${one.secret}`)).not.toBe("done");
  expect(await prisma().project.count({ where: { organizationId, deletedAt: null } })).toBe(0);
  expect(await outcome(createProject({ organizationId, name: "Later", mode: "hybrid", actor: { master: true } }))).toBe(
    "not_found",
  );
});
