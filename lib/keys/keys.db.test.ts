import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Actor } from "@/lib/audit/actor";
import { verifyChain } from "@/lib/audit/verify-chain";
import { GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import { parseUsd } from "@/lib/core/money";
import type { Role } from "@/lib/identity/roles";
import { signUp } from "@/lib/identity/sign-up";
import { readClock } from "@/lib/infra/clock-store";
import { closeDatabase, pool, prisma, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { createKey, type NewKey } from "@/lib/keys/create-key";
import { deleteKey } from "@/lib/keys/delete-key";
import { findKey, listKeys } from "@/lib/keys/read-keys";
import { graceEnd, rotateKey } from "@/lib/keys/rotate-key";
import { DEFAULT_SCOPES } from "@/lib/keys/scopes";
import { hashSecret, isWellFormed } from "@/lib/keys/secret";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { updateKey } from "@/lib/keys/update-key";
import { setProjectMode } from "@/lib/projects/set-project-mode";
import { lockProject } from "@/lib/projects/store";
import { useTestDatabase } from "@/lib/testing/test-database";

interface Tenant {
  organizationId: string;
  projectId: string;
  owner: Actor;
}

let database: ScratchDatabase;
let ours: Tenant;
let theirs: Tenant;

async function tenant(email: string): Promise<Tenant> {
  const { userId, organizationId, projectId } = await signUp({ email, password: "correct horse battery" });
  return { organizationId, projectId, owner: { userId, address: "203.0.113.7" } };
}

/** Somebody else in our organisation. */
async function member(role: Role): Promise<{ userId: string }> {
  const { userId } = await signUp({ email: `${newId("usr")}@example.com`, password: "correct horse battery" });
  await prisma().membership.create({
    data: { id: newId("mem"), organizationId: ours.organizationId, userId, role },
  });
  return { userId };
}

function make(changes: Partial<NewKey> = {}) {
  return createKey({
    organizationId: ours.organizationId,
    projectId: ours.projectId,
    name: "CI",
    environment: "live",
    expiresAt: null,
    usageLimit: null,
    usageLimitReset: "none",
    actor: ours.owner,
    ...changes,
  });
}

async function versionOf(keyId: string): Promise<bigint> {
  return (await prisma().apiKey.findUniqueOrThrow({ where: { id: keyId } })).version;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

/** What the secrets of a key are now, oldest first. */
function secretsOf(keyId: string) {
  return prisma().apiKeySecret.findMany({ where: { apiKeyId: keyId }, orderBy: [{ createdAt: "asc" }, { id: "asc" }] });
}

beforeAll(async () => {
  database = await useTestDatabase();
  ours = await tenant("ours@example.com");
  theirs = await tenant("theirs@example.com");
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

describe("a new key", () => {
  test("is shown once and can be read nowhere afterwards", async () => {
    const { key, secret } = await make({ name: "once" });
    expect(isWellFormed(secret)).toBe(true);
    expect(key.preview).toBe(`${secret.slice(0, 12)}…${secret.slice(-4)}`);
    expect(JSON.stringify(key)).not.toContain(secret);
    expect((await secretsOf(key.id)).map(({ hash }) => hash)).toEqual([hashSecret(secret)]);
    const tables = await pool().query<{ name: string }>(
      "SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'",
    );
    for (const { name } of tables.rows) {
      const found = await pool().query(`SELECT 1 FROM ${name} AS t WHERE position($1 in t::text) > 0`, [secret]);
      expect(found.rowCount, name).toBe(0);
    }
  });

  test("has its maker, the default scopes and a meter that counts without a limit", async () => {
    const { key } = await make();
    expect(key).toMatchObject({
      status: "active",
      isExpired: false,
      environment: "live",
      scopes: [...DEFAULT_SCOPES],
      usage: "0.00",
      usageLimit: null,
      usageLimitReset: "none",
      limitUsed: "0.00",
      limitHeld: "0.00",
      limitRemaining: null,
      resetsAt: null,
      rateLimitRpm: null,
      createdById: "userId" in ours.owner ? ours.owner.userId : "",
      lastUsedAt: null,
    });
    expect(await prisma().meter.findMany({ where: { subjectId: key.id } })).toMatchObject([
      { subject: "api_key", kind: "spend", unit: "usd", limit: null, organizationId: ours.organizationId },
    ]);
  });

  test("keeps limit, period, rates, environment and expiry as asked", async () => {
    const expiresAt = new Date(Date.now() + 3_600_000);
    const { key, secret } = await make({
      environment: "test",
      expiresAt,
      usageLimit: parseUsd("2.5"),
      usageLimitReset: "daily",
      rateLimitRpm: 60,
      rateLimitTpm: 10_000,
    });
    expect(secret).toMatch(/^tp_test_/);
    expect(key).toMatchObject({
      environment: "test",
      expiresAt: expiresAt.toISOString(),
      usageLimit: "2.50",
      usageLimitReset: "daily",
      limitRemaining: "2.50",
      rateLimitRpm: 60,
      rateLimitTpm: 10_000,
    });
    expect(new Date(key.resetsAt ?? "").toISOString()).toMatch(/T00:00:00\.000Z$/);
  });

  test("is not made with an expiry that has passed, nor in another's project, nor by who may not", async () => {
    expect(await codeOf(make({ expiresAt: new Date(Date.now() - 1) }))).toBe("invalid_fields");
    expect(await codeOf(make({ projectId: theirs.projectId }))).toBe("not_found");
    expect(await codeOf(make({ organizationId: theirs.organizationId, projectId: theirs.projectId }))).toBe(
      "not_found",
    );
    expect(await codeOf(make({ actor: await member("viewer") }))).toBe("forbidden");
    expect(await codeOf(make({ actor: await member("billing") }))).toBe("forbidden");
  });

  test("waits for a change of its project that is under way, so it is never served under the old settings", async () => {
    let made: ReturnType<typeof make> | undefined;
    let finished = false;
    await transaction(async (tx) => {
      await lockProject(tx, ours.organizationId, ours.projectId);
      made = make();
      void made.finally(() => {
        finished = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(finished).toBe(false);
    });
    expect((await made)?.key.status).toBe("active");
  });
});

describe("whose keys are whose", () => {
  test("another organisation's key is answered as one that is not there, and stays as it was", async () => {
    const { key } = await make();
    const foreign = { organizationId: theirs.organizationId, keyId: key.id, actor: theirs.owner };
    const version = await versionOf(key.id);
    const missing = { ...foreign, keyId: "key_none" };
    for (const target of [foreign, missing]) {
      expect(await codeOf(setKeyStatus({ ...target, status: "inactive" }))).toBe("not_found");
      expect(await codeOf(updateKey({ ...target, changes: { name: "mine" } }))).toBe("not_found");
      expect(await codeOf(rotateKey({ ...target, gracePeriodSeconds: 0 }))).toBe("not_found");
      expect(await codeOf(deleteKey(target))).toBe("not_found");
    }
    // Naming the right organisation helps nobody who is no member of it.
    expect(await codeOf(deleteKey({ ...foreign, organizationId: ours.organizationId }))).toBe("not_found");
    expect(await findKey({ organizationId: theirs.organizationId, keyId: key.id })).toBeNull();
    expect(await versionOf(key.id)).toBe(version);
  });

  test("a developer reaches their own keys and nobody else's", async () => {
    const developer = await member("developer");
    const own = (await make({ actor: developer })).key;
    const other = (await make()).key;
    const { organizationId } = ours;
    const changed = await setKeyStatus({ organizationId, keyId: own.id, status: "inactive", actor: developer });
    expect(changed.status).toBe("inactive");
    const reach = { organizationId, keyId: other.id, actor: developer };
    expect(await codeOf(setKeyStatus({ ...reach, status: "inactive" }))).toBe("not_found");
    expect(await codeOf(deleteKey(reach))).toBe("not_found");
    const listed = await listKeys(ours.projectId, { createdById: developer.userId });
    expect(listed.map(({ id }) => id)).toEqual([own.id]);
    expect(await codeOf(deleteKey({ ...reach, actor: await member("viewer") }))).toBe("forbidden");
  });
});

describe("changing a key", () => {
  test("moves its version on each time, so that admission decides anew", async () => {
    const { key } = await make();
    const target = { organizationId: ours.organizationId, keyId: key.id, actor: ours.owner };
    const changes: (() => Promise<unknown>)[] = [
      () => setKeyStatus({ ...target, status: "inactive" }),
      () => setKeyStatus({ ...target, status: "active" }),
      () => updateKey({ ...target, changes: { usageLimit: parseUsd("1") } }),
      () => updateKey({ ...target, changes: { scopes: ["models:read"] } }),
      () => rotateKey({ ...target, gracePeriodSeconds: 60 }),
      () => setProjectMode({ ...target, projectId: ours.projectId, mode: "credits" }),
      () => setProjectMode({ ...target, projectId: ours.projectId, mode: "hybrid" }),
      () => deleteKey(target),
    ];
    for (const change of changes) {
      const before = await versionOf(key.id);
      await change();
      expect(await versionOf(key.id)).toBeGreaterThan(before);
    }
    const again = await make();
    const before = await versionOf(again.key.id);
    await setKeyStatus({ ...target, keyId: again.key.id, status: "active" });
    expect(await versionOf(again.key.id)).toBe(before);
  });

  test("leaves out what was not named, and clears with null", async () => {
    const { key } = await make({
      usageLimit: parseUsd("5"),
      usageLimitReset: "monthly",
      rateLimitRpm: 10,
      expiresAt: new Date(Date.now() + 60_000),
    });
    const target = { organizationId: ours.organizationId, keyId: key.id, actor: ours.owner };
    const renamed = await updateKey({ ...target, changes: { name: "renamed" } });
    expect(renamed).toEqual({ ...key, name: "renamed" });
    const rated = await updateKey({ ...target, changes: { rateLimitTpm: 500, rateLimitRpm: 20 } });
    expect(rated).toMatchObject({ rateLimitRpm: 20, rateLimitTpm: 500, usageLimit: "5.00" });
    const cleared = await updateKey({
      ...target,
      changes: { usageLimit: null, expiresAt: null, rateLimitRpm: null },
    });
    expect(cleared).toMatchObject({
      usageLimit: null,
      usageLimitReset: "monthly",
      expiresAt: null,
      rateLimitRpm: null,
      rateLimitTpm: 500,
    });
    expect(await codeOf(updateKey({ ...target, changes: { expiresAt: new Date(0) } }))).toBe("invalid_fields");
  });

  test("to a limit below what is used takes nothing back", async () => {
    const { key } = await make({ usageLimit: parseUsd("5") });
    await prisma().meter.updateMany({
      where: { subjectId: key.id },
      data: { used: 3_000_000_000n, held: 500_000_000n, total: 3_000_000_000n },
    });
    const view = await updateKey({
      organizationId: ours.organizationId,
      keyId: key.id,
      changes: { usageLimit: parseUsd("1") },
      actor: ours.owner,
    });
    expect(view).toMatchObject({ usage: "3.00", limitUsed: "3.00", limitHeld: "0.50", limitRemaining: "0.00" });
  });

  test("to deleted is for good: it is not found any more, and its row stays", async () => {
    const { key } = await make();
    const target = { organizationId: ours.organizationId, keyId: key.id, actor: ours.owner };
    await deleteKey(target);
    expect(await codeOf(deleteKey(target))).toBe("not_found");
    expect(await codeOf(setKeyStatus({ ...target, status: "active" }))).toBe("not_found");
    expect((await listKeys(ours.projectId)).map(({ id }) => id)).not.toContain(key.id);
    expect(await prisma().apiKey.findUnique({ where: { id: key.id } })).toMatchObject({ status: "deleted" });
  });

  test("never shows nor reaches the installation's own keys", async () => {
    const { key } = await make();
    await prisma().apiKey.update({ where: { id: key.id }, data: { kind: "local" } });
    expect((await listKeys(ours.projectId)).map(({ id }) => id)).not.toContain(key.id);
    const target = { organizationId: ours.organizationId, keyId: key.id, actor: ours.owner };
    expect(await codeOf(deleteKey(target))).toBe("not_found");
  });
});

describe("a list of keys", () => {
  test("is newest first, and shows a window that has ended as unused", async () => {
    const first = (await make({ usageLimit: parseUsd("2"), usageLimitReset: "daily" })).key;
    const second = (await make()).key;
    const usedAt = new Date("2026-11-20T23:59:00Z");
    await prisma().meter.updateMany({
      where: { subjectId: first.id },
      data: { used: 1_500_000_000n, total: 9_000_000_000n, windowStart: new Date("2026-11-20"), lastUsedAt: usedAt },
    });
    const at = async (now: string) => {
      const list = await listKeys(ours.projectId, { now: new Date(now) });
      expect(list.findIndex(({ id }) => id === second.id)).toBeLessThan(list.findIndex(({ id }) => id === first.id));
      return list.find(({ id }) => id === first.id);
    };
    expect(await at("2026-11-20T23:59:59Z")).toMatchObject({
      usage: "9.00",
      limitUsed: "1.50",
      limitRemaining: "0.50",
      resetsAt: "2026-11-21T00:00:00.000Z",
      lastUsedAt: usedAt.toISOString(),
    });
    expect(await at("2026-11-21T00:00:00Z")).toMatchObject({
      usage: "9.00",
      limitUsed: "0.00",
      limitRemaining: "2.00",
      resetsAt: "2026-11-22T00:00:00.000Z",
    });
  });
});

describe("rotation", () => {
  const rotate = (keyId: string, gracePeriodSeconds: number) =>
    rotateKey({ organizationId: ours.organizationId, keyId, gracePeriodSeconds, actor: ours.owner });

  test("gives the same key a new secret; without grace the old one is gone at once", async () => {
    const old = await make({ usageLimit: parseUsd("5") });
    const fresh = await rotate(old.key.id, 0);
    expect(fresh.key).toMatchObject({ id: old.key.id, usageLimit: "5.00", name: old.key.name });
    expect(fresh.key.preview).toBe(`${fresh.secret.slice(0, 12)}…${fresh.secret.slice(-4)}`);
    expect((await secretsOf(old.key.id)).map(({ hash }) => hash)).toEqual([hashSecret(fresh.secret)]);
  });

  test("with grace keeps the old secret until then, and at most two at a time", async () => {
    const first = await make();
    const second = await rotate(first.key.id, 600);
    expect(await secretsOf(first.key.id)).toMatchObject([
      { hash: hashSecret(first.secret), expiresAt: expect.any(Date) },
      { hash: hashSecret(second.secret), expiresAt: null },
    ]);
    const third = await rotate(first.key.id, 60);
    expect(await secretsOf(first.key.id)).toMatchObject([
      { hash: hashSecret(second.secret), expiresAt: expect.any(Date) },
      { hash: hashSecret(third.secret), expiresAt: null },
    ]);
  });

  describe.each([
    ["slow", -600_000],
    ["fast", 600_000],
  ])("security: on an instance whose clock is %s", (_, offMs) => {
    const rotateThere = async (keyId: string, gracePeriodSeconds: number) => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + offMs });
      try {
        return await rotate(keyId, gracePeriodSeconds);
      } finally {
        vi.useRealTimers();
      }
    };
    const endOf = async (keyId: string, secret: string) =>
      (await secretsOf(keyId)).find(({ hash }) => hash === hashSecret(secret))?.expiresAt;

    test("grace is neither longer nor shorter", async () => {
      const { key, secret } = await make();
      await rotateThere(key.id, 60);
      const end = await endOf(key.id, secret);
      const left = (end?.getTime() ?? 0) - (await transaction(readClock)).getTime();
      expect(left).toBeGreaterThan(30_000);
      expect(left).toBeLessThanOrEqual(60_000);
    });

    test("the new secret is the one that is shown, and that the next rotation keeps", async () => {
      const first = await make();
      const second = await rotateThere(first.key.id, 600);
      expect(second.key.preview).toBe(`${second.secret.slice(0, 12)}…${second.secret.slice(-4)}`);
      const third = await rotate(first.key.id, 600);
      expect(await endOf(first.key.id, first.secret)).toBeUndefined();
      expect(await endOf(first.key.id, second.secret)).toBeInstanceOf(Date);
      expect(await endOf(first.key.id, third.secret)).toBeNull();
    });
  });

  test("never lets the old secret outlive the key", async () => {
    const now = new Date("2026-11-21T12:00:00Z");
    const expiry = new Date("2026-11-21T12:05:00Z");
    expect(graceEnd(now, 3600, expiry)).toEqual(expiry);
    expect(graceEnd(now, 60, expiry)).toEqual(new Date("2026-11-21T12:01:00Z"));
    expect(graceEnd(now, 60, null)).toEqual(new Date("2026-11-21T12:01:00Z"));
  });

  test("refuses a grace period that is none", async () => {
    const { key } = await make();
    for (const seconds of [-1, 0.5, 2_592_001, Number.NaN]) {
      expect(await codeOf(rotate(key.id, seconds))).toBe("invalid_fields");
    }
  });
});

test("changes of keys, of their project and new keys, all at once, neither deadlock nor break the audit trail", async () => {
  const fresh = await tenant("busy@example.com");
  const target = { organizationId: fresh.organizationId, actor: fresh.owner };
  const keys = await Promise.all(Array.from({ length: 5 }, () => make({ ...target, projectId: fresh.projectId })));
  const modes = ["credits", "hybrid", "api_keys"] as const;
  const results = await Promise.allSettled(
    Array.from({ length: 60 }, (_, index): Promise<unknown> => {
      const keyId = keys[index % keys.length]?.key.id ?? "";
      switch (index % 6) {
        case 0:
          return setProjectMode({ ...target, projectId: fresh.projectId, mode: modes[index % 3] ?? "hybrid" });
        case 1:
          return make({ ...target, projectId: fresh.projectId });
        case 2:
          return rotateKey({ ...target, keyId, gracePeriodSeconds: 10 });
        case 3:
          return updateKey({
            ...target,
            keyId,
            changes: { usageLimit: parseUsd(`${index + 1}`), rateLimitRpm: index },
          });
        default:
          return setKeyStatus({ ...target, keyId, status: index % 2 ? "inactive" : "active" });
      }
    }),
  );
  expect(results.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []))).toEqual([]);
  expect(await verifyChain(fresh.organizationId)).toBeNull();
});
