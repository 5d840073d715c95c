import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pool } from "@/lib/infra/db";
import { updateProject } from "@/lib/projects/update-project";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import { type Answer, ask, auditMoney, chatBody, DOORS, eventually, untilSettled } from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import { readCapture } from "@/lib/usage/read-capture";

const { doors } = openDoors();

describe.each(DOORS)("a project that keeps bodies, behind the %s door", (name) => {
  let tenant: Tenant;

  beforeEach(async () => {
    tenant = await makeTenant({ mode: "credits" });
    const { organizationId, projectId, userId } = tenant;
    await updateProject({ organizationId, projectId, retention: "full", cacheTtlSeconds: 60, actor: { userId } });
  });
  afterEach(async () => {
    await untilSettled();
    expect(await auditMoney()).toEqual([]);
  });

  const send = (body: Record<string, unknown>) => ask(doors[name], { secret: tenant.secret, body });

  const keptOf = ({ headers }: Answer) =>
    eventually(
      () => readCapture({ projectId: tenant.projectId, id: headers.get("x-generation-id") ?? "" }),
      (capture) => capture !== null,
    );

  test("keeps what was sent and what was received, whole, streamed, routed and from the cache", async () => {
    const routed = chatBody({ models: ["gpt-4o-mini"], provider: { sort: "price" } });
    for (const body of [chatBody(), chatBody({ stream: true }), routed, routed]) {
      const answer = await send(body);
      expect(answer.status).toBe(200);
      expect(await keptOf(answer)).toEqual({
        request: { text: JSON.stringify(body), cut: false },
        answer: { text: answer.text, cut: false },
      });
    }
  });

  test("keeps the bodies of calls that failed or were refused, which leave receipts too", async () => {
    const messages = [{ role: "user", content: "[[status:400]]" }];
    const failed = await send({ model: "simulator/echo", max_tokens: 16, messages });
    const refused = await send(chatBody({ model: "openai/gpt-4o", max_tokens: 16_000, n: 100 }));
    for (const answer of [failed, refused]) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect((await keptOf(answer))?.answer.text).toBe(answer.text);
    }
  });

  test("keeps no credential that somebody said", async () => {
    const secret = "sk-proj-abcdefghijklmnopqrstuvwx1234";
    const answer = await send(chatBody({ messages: [{ role: "user", content: `my key is ${secret}` }] }));
    expect((await keptOf(answer))?.request.text).toContain("my key is sk-proj-…1234");
  });
});

test("a project that keeps none leaves no body anywhere in the table", async () => {
  const { secret, projectId } = await makeTenant({ mode: "credits" });
  const kept = await makeTenant({ mode: "credits" });
  const { organizationId, userId } = kept;
  await updateProject({ organizationId, projectId: kept.projectId, retention: "full", actor: { userId } });
  const answer = await ask(doors.server, { secret, body: chatBody() });
  const after = await ask(doors.server, { secret: kept.secret, body: chatBody() });
  expect([answer.status, after.status]).toEqual([200, 200]);
  // What came later is there, so what came before would be.
  await eventually(
    () => readCapture({ projectId: kept.projectId, id: after.headers.get("x-generation-id") ?? "" }),
    (capture) => capture !== null,
  );
  expect((await pool().query("SELECT FROM capture WHERE project_id = $1", [projectId])).rowCount).toBe(0);
});
