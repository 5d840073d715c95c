import { request as httpRequest } from "node:http";
import { beforeAll, describe, expect, test } from "vitest";
import { pool } from "@/lib/infra/db";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import { ask, auditMoney, chatBody, DOORS, receiptOf, send, untilSettled } from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import type { RunningServer } from "@/lib/testing/server";

/** A key without any form that could be recognised, as Mistral's and Azure's are. */
const PLAIN_KEY = "mistralSECRETsecret0987";

const { doors, upstream } = openDoors({ ALLOW_PRIVATE_UPSTREAMS: "true" });

describe.each(DOORS)("what passes the %s door", (name) => {
  let door: RunningServer;
  let owner: Tenant;

  beforeAll(async () => {
    door = doors[name];
    owner = await makeTenant({ mode: "api_keys" });
    for (const provider of ["mistral", "custom"] as const)
      await addProviderKey({
        ...owner,
        provider,
        key: PLAIN_KEY,
        baseUrl: upstream.url,
        actor: { userId: owner.userId },
      });
  });

  const asked = { model: "mistral/mistral-small-latest", messages: chatBody().messages, max_tokens: 16 };

  /** Everything that was kept of a request. */
  async function keptOf(id: string | null): Promise<string> {
    await receiptOf(id);
    const { rows } = await pool().query("SELECT to_jsonb(request) AS kept FROM request WHERE id = $1", [id]);
    return JSON.stringify(rows);
  }

  test.each([
    ["a whole answer that is an error", { body: JSON.stringify({ error: { message: `boom ${PLAIN_KEY}` } }) }],
    ["an error as text", { body: JSON.stringify({ error: `boom Bearer ${PLAIN_KEY}` }) }],
    ["an array", { body: `["${PLAIN_KEY}"]` }],
    ["null", { body: "null" }],
    ["a page", { body: `<html>${PLAIN_KEY}</html>` }],
  ])("is never a good answer made of %s, and never the provider key in it", async (_, script) => {
    upstream.respond = () => script;
    const answer = await ask(door, { secret: owner.secret, body: asked });
    expect({ status: answer.status, json: answer.json }).toMatchObject({
      status: 502,
      json: { error: { code: "upstream_error" } },
    });
    expect(answer.text).not.toContain(PLAIN_KEY);
    expect(await keptOf(answer.headers.get("x-request-id"))).not.toContain(PLAIN_KEY);
  });

  test.each([
    ["an object", { message: `bad key ${PLAIN_KEY}` }],
    ["a text", `bad key ${PLAIN_KEY}`],
  ])("is never the provider key in an error midway that is %s", async (_, error) => {
    const chunk = { id: "c", choices: [{ index: 0, delta: { content: "Hi" } }] };
    upstream.respond = () => ({
      body: `data: ${JSON.stringify(chunk)}\n\ndata: ${JSON.stringify({ error })}\n\n`,
      headers: { "content-type": "text/event-stream" },
    });
    const response = await send(door, { secret: owner.secret, body: { ...asked, stream: true } });
    const text = await response.text();
    expect(text).toContain("bad key");
    expect(text).not.toContain(PLAIN_KEY);
    const kept = await keptOf(response.headers.get("x-request-id"));
    expect(kept).toContain("bad key");
    expect(kept).not.toContain(PLAIN_KEY);
  });

  test("is never the provider key in a refusal that was translated", async () => {
    upstream.respond = () => ({ status: 400, body: JSON.stringify({ error: { message: `bad key ${PLAIN_KEY}` } }) });
    const answer = await ask(door, { path: "/v1/messages", secret: owner.secret, body: asked });
    expect(answer).toMatchObject({ status: 400, json: { type: "error", error: { type: "invalid_request_error" } } });
    expect(answer.text).toContain("bad key");
    expect(answer.text).not.toContain(PLAIN_KEY);
    expect(await keptOf(answer.headers.get("x-request-id"))).not.toContain(PLAIN_KEY);
  });

  test("is never a key of ours that stands where a model should", async () => {
    const answer = await ask(door, { secret: owner.secret, body: { ...asked, model: owner.secret } });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain(owner.secret);
    expect(await keptOf(answer.headers.get("x-request-id"))).not.toContain(owner.secret);
    const listed = await ask(door, { path: `/v1/models/${owner.secret}`, secret: owner.secret });
    expect(listed.text).not.toContain(owner.secret);
  });

  test("is any model of a server of the customer's own, without a price; credits do not pay for it", async () => {
    const answer = await ask(door, { secret: owner.secret, body: { ...asked, model: "custom/my-model" } });
    expect(answer.json).toMatchObject({ model: "custom/my-model", usage: { is_byok: true, cost: null } });
    expect(answer.headers.get("x-turnpike-cost")).toBeNull();
    expect(JSON.parse(upstream.calls[0]?.body ?? "{}").model).toBe("my-model");
    expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({ cost: null, charged: 0n, status: 200 });
    const payer = await makeTenant({ mode: "credits" });
    const refused = await ask(door, { secret: payer.secret, body: { ...asked, model: "custom/my-model" } });
    expect(refused).toMatchObject({ status: 402, json: { error: { code: "model_unpriced" } } });
  });

  test("is a maximum under the one name that its provider knows, also when it is spelled in escapes", async () => {
    const body = `{"model":"mistral/mistral-small-latest","messages":[{"role":"user","content":"Hi"}],"max_completion\\u005ftokens":7}`;
    expect((await ask(door, { secret: owner.secret, body })).status).toBe(200);
    const sent = JSON.parse(upstream.calls[0]?.body ?? "{}");
    expect([sent.max_tokens, sent.max_completion_tokens]).toEqual([7, undefined]);
  });

  test("and the books agree", async () => {
    await untilSettled();
    expect(await auditMoney()).toEqual([]);
  });
});

test("a request whose client offers an upgrade, as HTTP/2 clients do, is answered as any other", async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const asking = httpRequest(`${doors.server.url}/health/liveness`, {
      headers: {
        connection: "Upgrade, HTTP2-Settings",
        upgrade: "h2c",
        "http2-settings": "AAMAAABkAAQCAAAAAAIAAAAA",
      },
    });
    asking.once("response", (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asking.once("error", reject);
    asking.end();
  });
  expect(status).toBe(200);
});
