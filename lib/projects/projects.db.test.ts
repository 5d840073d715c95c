import { afterAll, beforeAll, expect, test } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import { signUp } from "@/lib/identity/sign-up";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { createProject } from "@/lib/projects/create-project";
import { listProjects } from "@/lib/projects/list-projects";
import { setProjectMode } from "@/lib/projects/set-project-mode";
import { updateProject } from "@/lib/projects/update-project";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

async function person(email: string) {
  const { userId, organizationId, projectId } = await signUp({ email, password: "correct horse battery" });
  return { userId, organizationId, projectId, actor: { userId } };
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

test("somebody sees the projects of every organisation they belong to, with their role there, and no other", async () => {
  const ada = await person("ada@example.com");
  const bob = await person("bob@example.com");
  await prisma().membership.create({
    data: { id: newId("mem"), organizationId: bob.organizationId, userId: ada.userId, role: "viewer" },
  });
  const { id } = await createProject({ organizationId: ada.organizationId, name: "Second", actor: ada.actor });
  expect((await listProjects(ada.userId)).map((project) => [project.id, project.role, project.mode])).toEqual([
    [ada.projectId, "owner", "hybrid"],
    [id, "owner", "hybrid"],
    [bob.projectId, "viewer", "hybrid"],
  ]);
  expect((await listProjects(bob.userId)).map((project) => project.id)).toEqual([bob.projectId]);
  await prisma().project.update({ where: { id }, data: { deletedAt: new Date() } });
  expect((await listProjects(ada.userId)).map((project) => project.id)).not.toContain(id);
});

test("a mode is set, moves the project's version on, and is in the audit trail", async () => {
  const { organizationId, projectId, actor } = await person("mode@example.com");
  await setProjectMode({ organizationId, projectId, mode: "credits", actor });
  expect(await prisma().project.findUnique({ where: { id: projectId } })).toMatchObject({
    mode: "credits",
    version: 2n,
  });
  await setProjectMode({ organizationId, projectId, mode: "credits", actor });
  const events = await prisma().auditEvent.findMany({ where: { organizationId, action: "project.set_mode" } });
  expect(events).toMatchObject([
    { before: { mode: "hybrid" }, after: { mode: "credits" }, target: `project:${projectId}` },
  ]);
});

test("settings that are left out stay as they are", async () => {
  const { organizationId, projectId, actor } = await person("settings@example.com");
  const target = { organizationId, projectId, actor };
  await updateProject({ ...target, name: "Renamed", cacheTtlSeconds: 60 });
  await updateProject({ ...target, retention: "full" });
  expect(await prisma().project.findUnique({ where: { id: projectId } })).toMatchObject({
    name: "Renamed",
    cacheTtlSeconds: 60,
    retention: "full",
    mode: "hybrid",
  });
  await updateProject({ ...target, cacheTtlSeconds: null });
  expect(await prisma().project.findUnique({ where: { id: projectId } })).toMatchObject({ cacheTtlSeconds: null });
});

test("another organisation's project is answered as one that is not there, and a viewer changes none", async () => {
  const mine = await person("mine@example.com");
  const other = await person("other@example.com");
  const change = { projectId: other.projectId, mode: "credits" } as const;
  expect(await codeOf(setProjectMode({ ...change, organizationId: mine.organizationId, actor: mine.actor }))).toBe(
    "not_found",
  );
  expect(await codeOf(setProjectMode({ ...change, organizationId: other.organizationId, actor: mine.actor }))).toBe(
    "not_found",
  );
  expect(await codeOf(createProject({ organizationId: other.organizationId, name: "x", actor: mine.actor }))).toBe(
    "not_found",
  );
  await prisma().membership.create({
    data: { id: newId("mem"), organizationId: other.organizationId, userId: mine.userId, role: "viewer" },
  });
  expect(await codeOf(setProjectMode({ ...change, organizationId: other.organizationId, actor: mine.actor }))).toBe(
    "forbidden",
  );
  expect(await prisma().project.findUnique({ where: { id: other.projectId } })).toMatchObject({
    mode: "hybrid",
    version: 1n,
  });
});
