import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { newId } from "@/lib/core/ids";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { createProject } from "@/lib/projects/create-project";
import { deleteProject } from "@/lib/projects/delete-project";
import { updateProject } from "@/lib/projects/update-project";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";
import { purgeOldCaptures, purgeUnkeptCaptures } from "@/lib/usage/capture-store";
import { noteCapture, writeCaptures } from "@/lib/usage/note-capture";
import { readCapture } from "@/lib/usage/read-capture";

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
  await pool().query("DELETE FROM capture");
  tenant = await makeTenant();
  await retain("full");
});

function retain(retention: "full" | "metadata"): Promise<void> {
  const { organizationId, projectId, userId } = tenant;
  return updateProject({ organizationId, projectId, retention, actor: { userId } });
}

/** Notes a request's bodies, as the gateway does; they are not written yet. */
function note(changes: Partial<Parameters<typeof noteCapture>[0]> = {}): string {
  const id = newId("gen");
  const noted = { requestId: id, projectId: tenant.projectId, createdAt: Date.now(), isStream: false };
  noteCapture({ ...noted, request: '{"asks":1}', answer: '{"says":1}', ...changes });
  return id;
}

async function kept(): Promise<number> {
  return (await pool().query("SELECT FROM capture")).rowCount ?? 0;
}

const read = (id: string) => readCapture({ projectId: tenant.projectId, id });

test("bodies are kept, masked, and read by their request and project alone", async () => {
  const id = note({ answer: '{"says":"sk-proj-abcdefghijklmnop1234"}' });
  await writeCaptures();
  expect(await read(id)).toEqual({
    request: { text: '{"asks":1}', cut: false },
    answer: { text: '{"says":"sk-proj-…1234"}', cut: false },
  });
  const other = await makeTenant();
  expect(await readCapture({ projectId: other.projectId, id })).toBeNull();
});

test("more than one batch is written, in one go, and what the database cannot hold does not stand in its way", async () => {
  const ids = Array.from({ length: 100 }, (_, at) => note({ answer: at % 10 === 0 ? "a\u0000\ud800" : "{}" }));
  await writeCaptures();
  expect(await kept()).toBe(ids.length);
  expect(await read(ids[0] ?? "")).toMatchObject({ answer: { text: "a��" } });
});

test("a capture that the database refuses is left out alone", async () => {
  await pool().query("ALTER TABLE capture ADD CONSTRAINT no_poison CHECK (request_body <> 'poison')");
  const ids = [note(), note({ request: "poison" }), note()];
  await writeCaptures();
  await pool().query("ALTER TABLE capture DROP CONSTRAINT no_poison");
  expect(await Promise.all(ids.map(async (id) => (await read(id)) !== null))).toEqual([true, false, true]);
});

test("nothing is kept for a project that keeps nothing by the time it is written", async () => {
  note();
  await retain("metadata");
  await writeCaptures();
  expect(await kept()).toBe(0);
});

test("switching it off hides at once what was kept, and the sweep deletes it, and nobody else's", async () => {
  const id = note();
  const other = await makeTenant();
  await updateProject({
    organizationId: other.organizationId,
    projectId: other.projectId,
    retention: "full",
    actor: { userId: other.userId },
  });
  note({ projectId: other.projectId });
  await writeCaptures();
  await retain("metadata");
  expect(await read(id)).toBeNull();
  expect(await purgeUnkeptCaptures(10)).toBe(1);
  expect([await kept(), await purgeUnkeptCaptures(10)]).toEqual([1, 0]);
});

test("the bodies of a deleted project are deleted, in steps", async () => {
  const { organizationId, userId } = tenant;
  const actor = { userId };
  const { id: projectId } = await createProject({
    organizationId,
    name: "Short",
    mode: "hybrid",
    retention: "full",
    actor,
  });
  for (let at = 0; at < 5; at += 1) note({ projectId });
  const stays = note();
  await writeCaptures();
  await deleteProject({ organizationId, projectId, actor });
  expect([await purgeUnkeptCaptures(3), await purgeUnkeptCaptures(3)]).toEqual([3, 2]);
  expect([await kept(), (await read(stays)) !== null]).toEqual([1, true]);
});

test("bodies older than the bound are not shown, and the sweep deletes them, oldest first", async () => {
  const day = 86_400_000;
  const old = note({ createdAt: Date.now() - 31 * day });
  const older = note({ createdAt: Date.now() - 40 * day });
  const young = note({ createdAt: Date.now() - 29 * day });
  await writeCaptures();
  expect([await read(old), await read(older), (await read(young)) !== null]).toEqual([null, null, true]);
  expect(await purgeOldCaptures(1, 30)).toBe(1);
  const left = await pool().query<{ request_id: string }>("SELECT request_id FROM capture ORDER BY created_at");
  expect(left.rows.map(({ request_id: id }) => id)).toEqual([old, young]);
  expect([await purgeOldCaptures(10, 30), await purgeOldCaptures(10, 30)]).toEqual([1, 0]);
});

test("beyond what may wait, captures are lost and nothing else: noting never throws", async () => {
  const large = "x".repeat(8 * 1024 * 1024);
  const ids = Array.from({ length: 12 }, () => note({ answer: large }));
  await writeCaptures();
  expect(await kept()).toBeLessThan(ids.length);
  expect(await kept()).toBeGreaterThan(0);
  const after = note();
  await writeCaptures();
  expect(await read(after)).not.toBeNull();
});
