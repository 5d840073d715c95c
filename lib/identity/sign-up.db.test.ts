import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyChain } from "@/lib/audit/verify-chain";
import { GatewayError } from "@/lib/core/errors";
import { signUp } from "@/lib/identity/sign-up";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { readBalance } from "@/lib/ledger/balance";
import { listProjects } from "@/lib/projects/list-projects";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

const password = "correct horse battery";

async function refusal(work: Promise<unknown>): Promise<GatewayError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GatewayError)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
}

describe("signing up", () => {
  test("makes a person, their organisation and a first project in hybrid mode", async () => {
    const made = await signUp({ name: " Ada ", email: " Ada@Example.com ", password, address: "203.0.113.7" });
    const user = await prisma().user.findUniqueOrThrow({ where: { id: made.userId } });
    expect(user).toMatchObject({ name: "Ada", email: "ada@example.com", emailVerified: null });
    expect(user.passwordHash).toMatch(/^\$argon2id\$/);
    expect(await listProjects(made.userId)).toMatchObject([
      {
        id: made.projectId,
        organizationId: made.organizationId,
        organizationName: "Ada's organisation",
        name: "Default project",
        mode: "hybrid",
        role: "owner",
      },
    ]);
  });

  test("books 5 USD of test credits as a grant on the embedded database", async () => {
    const { organizationId } = await signUp({ email: "grant@example.com", password });
    expect(await readBalance(organizationId)).toEqual({
      credited: 5_000_000_000n,
      used: 0n,
      held: 0n,
      available: 5_000_000_000n,
    });
    const entries = await prisma().journalEntry.findMany({ where: { organizationId }, orderBy: { account: "asc" } });
    expect(entries.map(({ account, amount, description }) => ({ account, amount, description }))).toEqual([
      { account: "credits", amount: 5_000_000_000n, description: "Welcome test credits" },
      { account: "grants", amount: -5_000_000_000n, description: "Welcome test credits" },
    ]);
  });

  test("grants nothing on a database of the operator's own", async () => {
    setEnvironment({ TURNPIKE_EMBEDDED_DATABASE: "false" });
    const { organizationId } = await signUp({ email: "real@example.com", password });
    setEnvironment({ TURNPIKE_EMBEDDED_DATABASE: "true" });
    expect((await readBalance(organizationId)).credited).toBe(0n);
    expect(await prisma().journalEntry.count({ where: { organizationId } })).toBe(0);
  });

  test("leaves an audit trail that holds together and names who and where from", async () => {
    const { organizationId, userId } = await signUp({ email: "trail@example.com", password, address: "203.0.113.9" });
    const events = await prisma().auditEvent.findMany({ where: { organizationId }, orderBy: { id: "asc" } });
    expect(events.map(({ action, actor, address }) => [action, actor, address])).toEqual([
      ["organization.create", `user:${userId}`, "203.0.113.9"],
      ["project.create", `user:${userId}`, "203.0.113.9"],
      ["organization.grant", "system", null],
    ]);
    expect(await verifyChain(organizationId)).toBeNull();
  });

  test("names an organisation after the e-mail when there is no name, and survives a NUL byte", async () => {
    const plain = await signUp({ email: "plain@example.com", password });
    expect((await listProjects(plain.userId))[0]?.organizationName).toBe("plain's organisation");
    const odd = await signUp({ name: "A\u0000\ud800B", email: "odd@example.com", password });
    expect((await listProjects(odd.userId))[0]?.organizationName).toBe("A\ufffd\ufffdB's organisation");
  });

  test("says which rule failed", async () => {
    const error = await refusal(signUp({ email: "short@example.com", password: "1234567" }));
    expect(error).toMatchObject({ code: "invalid_fields", message: "The password needs at least 8 characters" });
  });

  test("refuses an e-mail that has an account, in any case and spacing", async () => {
    await signUp({ email: "taken@example.com", password });
    const error = await refusal(signUp({ email: " TAKEN@example.com", password }));
    expect(error).toMatchObject({
      code: "conflict",
      message: "An account with this e-mail address exists already. Sign in instead.",
    });
  });

  test("twice at the same moment with one e-mail: one wins, the other is told why, nothing is left half made", async () => {
    const before = await prisma().organization.count();
    const results = await Promise.allSettled(
      Array.from({ length: 4 }, () => signUp({ email: "race@example.com", password })),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    expect(reasons.map((reason) => reason.code)).toEqual(["conflict", "conflict", "conflict"]);
    expect(await prisma().organization.count()).toBe(before + 1);
  });
});
