import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditHash } from "@/lib/audit/chain";
import { recordAudit } from "@/lib/audit/record";
import { verifyChain } from "@/lib/audit/verify-chain";
import { verifyTrail } from "@/lib/audit/verify-trail";
import { closeDatabase, prisma, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

function record(organizationId: string, target: string): Promise<void> {
  return transaction((tx) =>
    recordAudit(tx, {
      organizationId,
      actor: { userId: "usr_1", address: "203.0.113.7" },
      action: "key.update",
      target,
      before: { name: "old", usage_limit: null, scopes: ["a", "b"] },
      after: { name: "tp_live_abcdefghijklmnopqrstuvwxyz0123456789AB", b: 1, a: 0.5 },
    }),
  );
}

/** Changes the table as somebody with the database's own rights could. */
async function tamper(statement: string): Promise<void> {
  await prisma().$transaction([
    prisma().$executeRawUnsafe("ALTER TABLE audit_event DISABLE TRIGGER USER"),
    prisma().$executeRawUnsafe(statement),
    prisma().$executeRawUnsafe("ALTER TABLE audit_event ENABLE TRIGGER USER"),
  ]);
}

describe("the audit trail", () => {
  test("is one unbroken chain for each organisation, also when many write at once", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => record(index % 2 ? "org_a" : "org_b", `key:${index}`)));
    for (const organizationId of ["org_a", "org_b"]) {
      const rows = await prisma().auditEvent.findMany({ where: { organizationId }, orderBy: { id: "asc" } });
      expect(rows).toHaveLength(10);
      expect(rows.map((row) => row.previousHash)).toEqual(["", ...rows.slice(0, -1).map((row) => row.hash)]);
      expect(await verifyChain(organizationId)).toBeNull();
    }
  });

  test("holds no secret, whatever it is given", async () => {
    await record("org_secret", "key:1");
    const [row] = await prisma().auditEvent.findMany({ where: { organizationId: "org_secret" } });
    expect(row?.after).toEqual({ name: "tp_live_…89AB", a: 0.5, b: 1 });
    expect(row).toMatchObject({ actor: "user:usr_1", address: "203.0.113.7" });
  });

  test("goes with the change: a change that is rolled back leaves no record", async () => {
    const failing = transaction(async (tx) => {
      await recordAudit(tx, {
        organizationId: "org_r",
        actor: { system: true },
        action: "key.delete",
        target: "key:1",
      });
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await prisma().auditEvent.count({ where: { organizationId: "org_r" } })).toBe(0);
  });

  test("refuses to be changed or emptied", async () => {
    await record("org_c", "key:1");
    await expect(prisma().auditEvent.updateMany({ data: { actor: "nobody" } })).rejects.toThrow();
    await expect(prisma().auditEvent.deleteMany()).rejects.toThrow();
    await expect(prisma().$executeRawUnsafe("TRUNCATE audit_event")).rejects.toThrow();
  });

  test("shows a row that was changed, removed, inserted or cut off at the end, and nothing while it is whole", async () => {
    const organizationId = "org_t";
    for (const target of ["key:1", "key:2", "key:3", "key:4"]) await record(organizationId, target);
    const ids = (await prisma().auditEvent.findMany({ where: { organizationId }, orderBy: { id: "asc" } })).map(
      (row) => row.id,
    );
    const found = async () =>
      (await verifyTrail()).findings.filter((finding) => finding.organizationId === organizationId);
    expect(await found()).toEqual([]);

    await tamper(`UPDATE audit_event SET after = '{"name":"other"}' WHERE id = ${ids[1]}`);
    expect(await found()).toEqual([{ organizationId, id: ids[1], problem: "changed" }]);
    await tamper(`DELETE FROM audit_event WHERE id = ${ids[1]}`);
    expect(await found()).toEqual([{ organizationId, id: ids[2], problem: "displaced" }]);
    await tamper(`DELETE FROM audit_event WHERE organization_id = '${organizationId}' AND id > ${ids[0]}`);
    expect(await found()).toEqual([{ organizationId, id: ids[3], problem: "cut" }]);
    await tamper(`DELETE FROM audit_event WHERE organization_id = '${organizationId}'`);
    expect(await found()).toEqual([{ organizationId, id: ids[3], problem: "cut" }]);
  });

  test("shows a row that somebody wrote past it, and a chain that nobody began", async () => {
    await record("org_i", "key:1");
    const [last] = await prisma().auditEvent.findMany({ where: { organizationId: "org_i" } });
    const content = {
      actor: "master",
      action: "key.delete",
      target: "key:1",
      before: null,
      after: null,
      address: null,
    };
    for (const organizationId of ["org_i", "org_u"]) {
      const at = new Date();
      const previousHash = organizationId === "org_i" ? (last?.hash ?? "") : "";
      const hash = auditHash(previousHash, { ...content, organizationId, at });
      await tamper(
        `INSERT INTO audit_event (organization_id, actor, action, target, at, previous_hash, hash) VALUES
         ('${organizationId}', 'master', 'key.delete', 'key:1', '${at.toISOString()}', 'forged', '${hash}')`,
      );
    }
    const { findings } = await verifyTrail();
    expect(findings.filter(({ organizationId }) => organizationId === "org_i")).toMatchObject([
      { problem: "displaced" },
    ]);
    expect(findings.filter(({ organizationId }) => organizationId === "org_u")).toMatchObject([{ problem: "unknown" }]);
  });
});
