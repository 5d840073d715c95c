import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verifyChain } from "@/lib/audit/verify-chain";
import { newId } from "@/lib/core/ids";
import { authenticate } from "@/lib/gateway/authenticate";
import { setRules } from "@/lib/iam/set-rules";
import type { Role } from "@/lib/identity/roles";
import { insertMembership, insertUser, lockOrganization } from "@/lib/identity/store";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, prisma, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { openPlayground } from "@/lib/keys/open-playground";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { changeRole } from "@/lib/members/change-role";
import { leaveOrganization } from "@/lib/members/leave-organization";
import { listMembers } from "@/lib/members/read-members";
import { removeMember } from "@/lib/members/remove-member";
import { admissionOf, admitOne, makeMeter, readAgain } from "@/lib/testing/admissions";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

interface Member {
  id: string;
  userId: string;
}

let database: ScratchDatabase;
let tenant: Tenant;
let owner: Member;

beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({ LOG_LEVEL: "silent" });
});
beforeEach(async () => {
  tenant = await makeTenant();
  owner = { id: await membershipOf(tenant.userId), userId: tenant.userId };
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

async function membershipOf(userId: string): Promise<string> {
  const { organizationId } = tenant;
  const row = await prisma().membership.findUniqueOrThrow({
    where: { organizationId_userId: { organizationId, userId } },
  });
  return row.id;
}

async function join(role: Role): Promise<Member> {
  const user = await transaction(async (tx) => {
    const made = await insertUser(tx, {
      email: `${newId("usr").toLowerCase()}@example.test`,
      name: role,
      image: null,
      passwordHash: null,
      emailVerified: null,
    });
    await insertMembership(tx, { organizationId: tenant.organizationId, userId: made.id, role });
    return made;
  });
  return { id: await membershipOf(user.id), userId: user.id };
}

const by = (member: Member) => ({ organizationId: tenant.organizationId, actor: { userId: member.userId } });
const keyOf = (member: Member) => addKey({ ...tenant, userId: member.userId });
const roles = async () => (await listMembers(tenant.organizationId)).map(({ role }) => role).sort();
const keyRow = (id: string) => prisma().apiKey.findUniqueOrThrow({ where: { id } });

describe("a role", () => {
  test("is changed by those who manage members, and never to or from one above their own", async () => {
    const admin = await join("admin");
    const developer = await join("developer");
    await changeRole({ ...by(admin), memberId: developer.id, role: "admin" });
    await changeRole({ ...by(admin), memberId: developer.id, role: "viewer" });
    const refused = [
      () => changeRole({ ...by(admin), memberId: developer.id, role: "owner" }),
      () => changeRole({ ...by(admin), memberId: owner.id, role: "viewer" }),
      () => changeRole({ ...by(admin), memberId: admin.id, role: "owner" }),
      () => changeRole({ ...by(developer), memberId: developer.id, role: "admin" }),
      () => removeMember({ ...by(admin), memberId: owner.id, heirId: null }),
      () => removeMember({ ...by(developer), memberId: admin.id, heirId: null }),
    ];
    for (const attempt of refused) await expect(attempt()).rejects.toMatchObject({ code: "forbidden" });
    expect(await roles()).toEqual(["admin", "owner", "viewer"]);
    await changeRole({ ...by(owner), memberId: admin.id, role: "owner" });
    await changeRole({ ...by(admin), memberId: owner.id, role: "viewer" });
    expect(await roles()).toEqual(["owner", "viewer", "viewer"]);
    expect(await verifyChain(tenant.organizationId)).toBeNull();
  });

  test("that allows no keys ends the member's playground at once, and leaves the keys that they made", async () => {
    const developer = await join("developer");
    const { key } = await keyOf(developer);
    const { organizationId, projectId } = tenant;
    const person = { id: developer.userId, name: "Dev" };
    const { secret } = await openPlayground({ organizationId, projectId, person, address: null });
    const remembered = await readAgain(secret);
    await changeRole({ ...by(owner), memberId: developer.id, role: "viewer" });
    const meter = await makeMeter(null);
    expect((await admitOne(admissionOf(remembered, [{ meterId: meter, amount: 1n }]))).kind).toBe("stale");
    await expect(authenticate(secret, true)).rejects.toMatchObject({ code: "invalid_key" });
    expect(await keyRow(key.id)).toMatchObject({ status: "active" });
  });
});

describe("an organisation keeps an owner", () => {
  test("whoever asks: the last one is not demoted, not removed, and does not leave", async () => {
    await join("admin");
    const attempts = [
      () => changeRole({ ...by(owner), memberId: owner.id, role: "admin" }),
      () => removeMember({ ...by(owner), memberId: owner.id, heirId: null }),
      () => leaveOrganization({ ...by(owner), heirId: null }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: "conflict" });
  });

  test("however many leave and demote each other at the same moment", async () => {
    const others = await Promise.all(Array.from({ length: 5 }, () => join("owner")));
    const all = [owner, ...others];
    const results = await Promise.allSettled(
      all.map((member, index) => {
        const next = all[(index + 1) % all.length] ?? owner;
        return index % 2 === 0
          ? leaveOrganization({ ...by(member), heirId: null })
          : changeRole({ ...by(member), memberId: next.id, role: "viewer" });
      }),
    );
    expect((await roles()).filter((role) => role === "owner").length).toBeGreaterThanOrEqual(1);
    for (const result of results)
      if (result.status === "rejected")
        expect(["conflict", "not_found", "forbidden"]).toContain((result.reason as { code?: string }).code);
  });
});

describe("a member who is removed", () => {
  test("leaves disabled keys behind, dead on the next request, and is no member from then on", async () => {
    const developer = await join("developer");
    const { key, secret } = await keyOf(developer);
    const remembered = await readAgain(secret);
    await removeMember({ ...by(owner), memberId: developer.id, heirId: null });
    const meter = await makeMeter(null);
    expect((await admitOne(admissionOf(remembered, [{ meterId: meter, amount: 1n }]))).kind).toBe("stale");
    await expect(authenticate(secret, true)).rejects.toMatchObject({ code: "key_inactive" });
    expect(await roles()).toEqual(["owner"]);
    const enabling = setKeyStatus({ ...by(developer), keyId: key.id, status: "active" });
    await expect(enabling).rejects.toMatchObject({ code: "not_found" });
    const [event] = await prisma().auditEvent.findMany({ where: { action: "member.remove" }, orderBy: { id: "desc" } });
    expect(event).toMatchObject({
      target: `user:${developer.userId}`,
      before: { role: "developer", email: expect.stringContaining("@example.test") },
      after: { keys_disabled: [key.id] },
    });
  });

  test("hands the keys to whom it is said, under whose rules they are from then on", async () => {
    const developer = await join("developer");
    const { key, secret } = await keyOf(developer);
    await setRules({
      ...by(owner),
      owner: { membershipId: owner.id },
      rules: [{ rule: { type: "deny_models", value: { models: ["gpt-4o"] } }, isActive: true }],
    });
    expect((await readAgain(secret)).rules).toBeNull();
    const before = await keyRow(key.id);
    await removeMember({ ...by(owner), memberId: developer.id, heirId: owner.id });
    expect(await keyRow(key.id)).toMatchObject({ status: "active", createdById: owner.userId });
    expect((await keyRow(key.id)).version).toBeGreaterThan(before.version);
    expect((await readAgain(secret)).rules).not.toBeNull();
  });

  test("hands them to nobody who may have none, to nobody elsewhere, and not to themselves", async () => {
    const developer = await join("developer");
    const viewer = await join("viewer");
    const stranger = await makeTenant();
    const elsewhere = await prisma().membership.findFirstOrThrow({ where: { userId: stranger.userId } });
    for (const heirId of [viewer.id, elsewhere.id, developer.id, "mem_none"]) {
      const attempt = removeMember({ ...by(owner), memberId: developer.id, heirId });
      await expect(attempt).rejects.toMatchObject({ code: "invalid_fields" });
    }
    expect(await roles()).toEqual(["developer", "owner", "viewer"]);
  });

  test("makes no key beside their removal, and switches none on again", async () => {
    const developer = await join("developer");
    const { key } = await keyOf(developer);
    // Both acts have begun while the organisation is held, so they wait for the removal, or it for them.
    let release = () => {};
    let isHeld = false;
    const held = transaction(async (tx) => {
      await lockOrganization(tx, tenant.organizationId);
      isHeld = true;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    await expect.poll(() => isHeld, { timeout: 30_000 }).toBe(true);
    const acts = Promise.allSettled([
      removeMember({ ...by(owner), memberId: developer.id, heirId: null }),
      keyOf(developer),
      keyOf(developer),
      setKeyStatus({ ...by(developer), keyId: key.id, status: "active" }),
    ]);
    await expect.poll(() => waiting(), { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
    release();
    await held;
    const [removed] = await acts;
    expect(removed.status).toBe("fulfilled");
    const left = await prisma().apiKey.findMany({ where: { createdById: developer.userId, status: "active" } });
    expect(left).toEqual([]);
  });

  test("is nobody else's to change, by the id of their membership", async () => {
    const developer = await join("developer");
    const stranger = await makeTenant();
    const foreign = { organizationId: stranger.organizationId, actor: { userId: stranger.userId } };
    for (const attempt of [
      () => removeMember({ ...foreign, memberId: developer.id, heirId: null }),
      () => changeRole({ ...foreign, memberId: developer.id, role: "viewer" }),
      () => removeMember({ ...foreign, organizationId: tenant.organizationId, memberId: developer.id, heirId: null }),
      () => changeRole({ ...foreign, organizationId: tenant.organizationId, memberId: developer.id, role: "viewer" }),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: "not_found" });
    expect(await roles()).toEqual(["developer", "owner"]);
  });
});

/** How many statements of this database wait for a lock. */
async function waiting(): Promise<number> {
  const rows = await prisma().$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return rows[0]?.count ?? 0;
}

test("everybody may leave, whatever their role, and takes nothing of others along", async () => {
  const viewer = await join("viewer");
  const developer = await join("developer");
  await keyOf(developer);
  await leaveOrganization({ ...by(viewer), heirId: null });
  expect(await listMembers(tenant.organizationId)).toMatchObject([
    { role: "owner", keys: { all: 1, active: 1 } },
    { role: "developer", keys: { all: 1, active: 1 } },
  ]);
  await leaveOrganization({ ...by(developer), heirId: owner.id });
  expect(await listMembers(tenant.organizationId)).toMatchObject([{ role: "owner", keys: { all: 2, active: 2 } }]);
});
