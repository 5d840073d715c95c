import { afterAll, beforeAll, expect, test } from "vitest";
import type { Actor } from "@/lib/audit/actor";
import { GatewayError } from "@/lib/core/errors";
import { parseUsd } from "@/lib/core/money";
import { createBudget } from "@/lib/end-users/create-budget";
import { createEndUser } from "@/lib/end-users/create-end-user";
import { deleteEndUser } from "@/lib/end-users/delete-end-user";
import { listAssignedBudgets } from "@/lib/end-users/read-budgets";
import { listEndUsers, readEndUser } from "@/lib/end-users/read-end-users";
import { updateEndUser } from "@/lib/end-users/update-end-user";
import { signUp } from "@/lib/identity/sign-up";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
let ours: { organizationId: string; actor: Actor };
let theirs: { organizationId: string; actor: Actor };

async function tenant(email: string) {
  const { userId, organizationId } = await signUp({ email, password: "correct horse battery" });
  return { organizationId, actor: { userId } };
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

const page = { skip: 0, limit: 100 };

test("a search finds end users by what their id or alias holds, in any case, and of one organisation", async () => {
  await createEndUser({ ...ours, name: "user-1", alias: "Alice" });
  await createEndUser({ ...ours, name: "USER-2" });
  await createEndUser({ ...ours, name: "100%_sure" });
  await createEndUser({ ...theirs, name: "user-3", alias: "Alice" });
  const found = async (search: string) =>
    (await listEndUsers({ organizationId: ours.organizationId, ...page, search })).map(({ name }) => name);
  expect(await found("")).toEqual(["100%_sure", "USER-2", "user-1"]);
  expect(await found("ser-")).toEqual(["USER-2", "user-1"]);
  expect(await found("aLICE")).toEqual(["user-1"]);
  expect(await found("%")).toEqual(["100%_sure"]);
  expect(await found("nobody")).toEqual([]);
});

test("an end user is read by our id within their organisation, with what is spent and held", async () => {
  const { id } = await createEndUser({ ...ours, name: "reader" });
  await prisma().meter.updateMany({ where: { subject: "end_user", subjectId: id }, data: { used: 5n, held: 7n } });
  expect(await readEndUser(ours.organizationId, id)).toMatchObject({
    name: "reader",
    spend: "0.000000005",
    held: "0.000000007",
  });
  expect(await readEndUser(theirs.organizationId, id)).toBeNull();
  await prisma().meter.updateMany({ where: { subject: "end_user", subjectId: id }, data: { held: 0n } });
  await deleteEndUser({ ...ours, name: "reader" });
  expect(await readEndUser(ours.organizationId, id)).toBeNull();
});

test("budgets tell how many live end users have them", async () => {
  const shared = await createBudget({ ...ours, maxBudget: parseUsd("5"), reset: "monthly" });
  const unused = await createBudget({ ...ours, maxBudget: null, reset: { seconds: 60 } });
  for (const name of ["one", "two", "gone"]) await createEndUser({ ...ours, name, budgetId: shared.id });
  await deleteEndUser({ ...ours, name: "gone" });
  const budgets = await listAssignedBudgets({ organizationId: ours.organizationId, ...page });
  expect(budgets.map(({ id, users }) => ({ id, users }))).toEqual([
    { id: unused.id, users: 0 },
    { id: shared.id, users: 2 },
  ]);
});

test("who is no manager of the organisation changes no end user, and makes no budget", async () => {
  const { userId } = await signUp({ email: "viewer@example.com", password: "correct horse battery" });
  await prisma().membership.create({
    data: { id: "mem_viewer", organizationId: ours.organizationId, userId, role: "viewer" },
  });
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => "none",
      (error: unknown) => (error instanceof GatewayError ? error.code : String(error)),
    );
  const viewer = { organizationId: ours.organizationId, actor: { userId } };
  expect(await codeOf(createEndUser({ ...viewer, name: "new" }))).toBe("forbidden");
  expect(await codeOf(updateEndUser({ ...viewer, name: "user-1", changes: { isBlocked: true } }))).toBe("forbidden");
  expect(await codeOf(createBudget({ ...viewer, maxBudget: null, reset: "none" }))).toBe("forbidden");
  expect(await codeOf(updateEndUser({ ...theirs, name: "one", changes: {} }))).toBe("user_not_found");
});
