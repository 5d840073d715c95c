import type { Session } from "next-auth";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import { organizationAction, sessionAction, visitorAction } from "@/lib/edge/session-action";
import type { SessionUser } from "@/lib/identity/session-user";
import { signUp } from "@/lib/identity/sign-up";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { useTestDatabase } from "@/lib/testing/test-database";

const browser = vi.hoisted(() => ({ session: null as unknown, headers: new Headers() }));
vi.mock("next-auth", () => ({ getServerSession: async () => browser.session }));
vi.mock("next/headers", () => ({ headers: async () => browser.headers }));

interface Tenant {
  user: SessionUser;
  organizationId: string;
  projectId: string;
}

let database: ScratchDatabase;
let ada: Tenant;
let bob: Tenant;

async function tenant(email: string): Promise<Tenant> {
  const { userId, organizationId, projectId } = await signUp({ email, password: "correct horse battery" });
  return { user: { id: userId, email, name: null, image: null }, organizationId, projectId };
}

function arriveAs(session: Partial<Session> | null): void {
  browser.session = session;
  browser.headers = new Headers({ "x-forwarded-for": "203.0.113.7" });
}

beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({ LOG_LEVEL: "silent" });
  ada = await tenant("ada@example.com");
  bob = await tenant("bob@example.com");
});
beforeEach(() => arriveAs({ user: ada.user }));
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

const rename = sessionAction({
  schema: z.object({ projectId: z.string(), name: z.string().trim().min(1, "Give it a name") }),
  act: "project.update",
  run: async ({ name }, context) => ({
    name,
    organizationId: context.organization.id,
    projectId: context.project.id,
    role: context.membership.role,
    actor: context.actor,
  }),
});

describe("a server action", () => {
  test("runs with the person, their membership, and where they come from", async () => {
    expect(await rename({ projectId: ada.projectId, name: " New " })).toEqual({
      ok: true,
      data: {
        name: "New",
        organizationId: ada.organizationId,
        projectId: ada.projectId,
        role: "owner",
        actor: { userId: ada.user.id, address: "203.0.113.7" },
      },
    });
  });

  test("answers nobody who is not signed in, before it looks at what they sent", async () => {
    for (const session of [null, {}]) {
      arriveAs(session);
      expect(await rename({ projectId: ada.projectId, name: "" })).toEqual({
        ok: false,
        error: { code: "signed_out", message: "Your session has ended. Please sign in again." },
      });
    }
  });

  test("answers another organisation's project as one that is not there", async () => {
    const [foreign, missing] = [
      await rename({ projectId: bob.projectId, name: "x" }),
      await rename({ projectId: "prj_none", name: "x" }),
    ];
    expect(foreign).toEqual({ ok: false, error: { code: "not_found", message: "Project not found" } });
    expect(missing).toEqual(foreign);
  });

  test("refuses what the role does not allow", async () => {
    await prisma().membership.create({
      data: { id: newId("mem"), organizationId: bob.organizationId, userId: ada.user.id, role: "viewer" },
    });
    expect(await rename({ projectId: bob.projectId, name: "x" })).toMatchObject({
      ok: false,
      error: { code: "forbidden", message: "Your role in this organization (viewer) does not allow this." },
    });
  });

  test("says what is wrong with each field, whatever the browser sends", async () => {
    expect(await rename({ projectId: ada.projectId, name: " " })).toEqual({
      ok: false,
      error: { code: "invalid_fields", message: "Give it a name", fields: { name: "Give it a name" } },
    });
    for (const input of [null, undefined, 5, [], { projectId: { $gt: "" } }]) {
      const answer: unknown = await Reflect.apply(rename, undefined, [input]);
      expect(answer).toMatchObject({ ok: false, error: { code: "invalid_fields" } });
    }
  });

  test("within an organisation works the same", async () => {
    const action = organizationAction({
      schema: z.object({ organizationId: z.string() }),
      act: "organization.update",
      run: async (_, context) => context.organization.name,
    });
    expect(await action({ organizationId: ada.organizationId })).toEqual({ ok: true, data: "ada's organisation" });
    expect(await action({ organizationId: "org_none" })).toMatchObject({ ok: false, error: { code: "not_found" } });
  });

  test("for visitors needs no session", async () => {
    arriveAs(null);
    const action = visitorAction({
      schema: z.object({ a: z.string() }),
      run: async ({ a }, { address }) => [a, address],
    });
    expect(await action({ a: "x" })).toEqual({ ok: true, data: ["x", "203.0.113.7"] });
  });

  test("tells the browser nothing about a fault of ours, and says when it is the database", async () => {
    const failing = (error: unknown) =>
      visitorAction({ schema: z.object({}), run: async () => Promise.reject(error) })({});
    expect(await failing(new Error("password of the database is hunter2"))).toEqual({
      ok: false,
      error: { code: "internal_error", message: "Something went wrong on our side. Please try again." },
    });
    const away = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    expect(await failing(away)).toMatchObject({ ok: false, error: { code: "database_unavailable" } });
    arriveAs({ unavailable: true });
    expect(await rename({ projectId: ada.projectId, name: "x" })).toMatchObject({
      ok: false,
      error: { code: "database_unavailable" },
    });
    expect(await failing(new GatewayError("conflict", "There is one already"))).toEqual({
      ok: false,
      error: { code: "conflict", message: "There is one already" },
    });
  });
});
