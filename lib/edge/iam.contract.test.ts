import OpenAI, { PermissionDeniedError } from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseUsd } from "@/lib/core/money";
import { addRule } from "@/lib/iam/add-rule";
import { deleteRule } from "@/lib/iam/delete-rule";
import type { IamRule } from "@/lib/iam/rule-schema";
import { RULE_TYPES } from "@/lib/iam/rules/registry";
import { setRuleStatus } from "@/lib/iam/set-rule-status";
import { setRules } from "@/lib/iam/set-rules";
import type { RuleOwner } from "@/lib/iam/store";
import { prisma } from "@/lib/infra/db";
import type { RuleType } from "@/lib/infra/prisma-client/client";
import { DEFAULT_SCOPES } from "@/lib/keys/scopes";
import { updateProject } from "@/lib/projects/update-project";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  type Answer,
  ask,
  auditMoney,
  type Call,
  chatBody,
  DOORS,
  receiptOf,
  untilSettled,
} from "@/lib/testing/gateway";
import { openDoors, openUpstream } from "@/lib/testing/open-doors";

const MASTER = "master-key-for-rules-0123456789abcdef";

const azure = openUpstream();
const { doors, upstream: openai } = openDoors(() => ({
  AZURE_API_KEY: "iam-azure-0123456789",
  AZURE_BASE_URL: azure.url,
  ALLOW_PRIVATE_UPSTREAMS: "true",
  GATEWAY_MASTER_KEY: MASTER,
}));

let tenant: Tenant;
beforeEach(async () => {
  tenant = await makeTenant({ mode: "credits", credits: parseUsd("10") });
});
afterEach(async () => {
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
});

interface Denied {
  rule: IamRule;
  message: string | RegExp;
}

/** A rule of each type that denies a chat with gpt-4o-mini from this machine; a forgotten type does not compile. */
const DENIED: Readonly<Record<RuleType, Denied>> = {
  allow_models: {
    rule: { type: "allow_models", value: { models: ["gpt-4o", "anthropic/*"] } },
    message: "Access denied: Model gpt-4o-mini is not in the allowed models list",
  },
  deny_models: {
    rule: { type: "deny_models", value: { models: ["openai/gpt-4o-mini"] } },
    message: "Access denied: Model gpt-4o-mini is in the denied models list",
  },
  allow_providers: {
    rule: { type: "allow_providers", value: { providers: ["anthropic"] } },
    message: "Access denied: No providers are allowed for model gpt-4o-mini after applying IAM rules.",
  },
  deny_providers: {
    rule: { type: "deny_providers", value: { providers: ["openai", "azure", "openrouter"] } },
    message: "Access denied: No providers are allowed for model gpt-4o-mini after applying IAM rules.",
  },
  allow_pricing: {
    rule: { type: "allow_pricing", value: { pricing_type: "free" } },
    message: "Access denied: Only free models are allowed",
  },
  deny_pricing: {
    rule: { type: "deny_pricing", value: { max_input_price: 0.1 } },
    message: "Access denied: Model input price exceeds maximum allowed (0.15 > 0.10)",
  },
  allow_ips: {
    rule: { type: "allow_ips", value: { cidrs: ["192.0.2.0/24"] } },
    message: /^Access denied: Client IP (?:127\.0\.0\.1|::1) is not in the allowed ranges$/,
  },
  deny_ips: {
    rule: { type: "deny_ips", value: { cidrs: ["127.0.0.0/8", "::1"] } },
    message: /^Access denied: Client IP (?:127\.0\.0\.1|::1) is not in the allowed ranges$/,
  },
  allow_operations: {
    rule: { type: "allow_operations", value: { operations: ["embeddings:write"] } },
    message: "Access denied: Operation chat/completions is not allowed",
  },
  deny_operations: {
    rule: { type: "deny_operations", value: { operations: ["chat/completions"] } },
    message: "Access denied: Operation chat/completions is not allowed",
  },
};

const ofKey = (): RuleOwner => ({ apiKeyId: tenant.keyId });
const change = (owner: RuleOwner = ofKey()) => ({
  organizationId: tenant.organizationId,
  owner,
  actor: { userId: tenant.userId },
});

/** Puts these rules in force, and answers their ids. */
async function rules(list: readonly IamRule[], owner: RuleOwner = ofKey()): Promise<string[]> {
  const set = await setRules({ ...change(owner), rules: list.map((rule) => ({ rule, isActive: true })) });
  return set.map(({ id }) => id);
}

function expectDenied(answer: Answer, message: string | RegExp, ruleId: string | undefined): void {
  const said = typeof message === "string" ? message : expect.stringMatching(message);
  expect({ status: answer.status, json: answer.json }).toEqual({
    status: 403,
    json: {
      error: {
        message: said,
        type: "permission_error",
        code: "iam_denied",
        param: null,
        metadata: { rule_id: ruleId },
      },
      status: 403,
      message: said,
    },
  });
}

describe.each(DOORS)("rules behind the %s door", (name) => {
  const post = (call: Call = {}) => ask(doors[name], { secret: tenant.secret, body: chatBody(), ...call });
  const get = (path: string) => ask(doors[name], { secret: tenant.secret, path });

  test.each(RULE_TYPES)(
    "%s: the next request is denied in CONTRACT's words, and served once the rule is gone",
    async (type) => {
      const { rule, message } = DENIED[type];
      expect((await post()).status).toBe(200);
      const sent = openai.calls.length;
      const [id = ""] = await rules([rule]);
      for (const body of [
        chatBody(),
        chatBody({ stream: true }),
        chatBody({ model: "openai:gpt-4o-mini-2024-07-18", models: ["gpt-4o-mini"] }),
      ]) {
        const answer = await post({ body });
        expect(answer.status).toBe(403);
      }
      const denied = await post();
      expectDenied(denied, message, id);
      expect(await receiptOf(denied.headers.get("x-request-id"))).toMatchObject({
        outcome: "refused",
        status: 403,
        error_code: "iam_denied",
        charged: 0n,
      });
      expect(openai.calls).toHaveLength(sent);
      await setRuleStatus({ ...change(), ruleId: id, isActive: false });
      expect((await post()).status).toBe(200);
      await setRuleStatus({ ...change(), ruleId: id, isActive: true });
      expect((await post()).status).toBe(403);
      await deleteRule({ ...change(), ruleId: id });
      expect((await post()).status).toBe(200);
    },
  );

  test("those of the project and of the member who made the key hold for it too, and not for others", async () => {
    const deny: IamRule = { type: "deny_models", value: { models: ["gpt-4o-mini"] } };
    const member = await prisma().membership.findFirstOrThrow({ where: { userId: tenant.userId } });
    for (const owner of [{ projectId: tenant.projectId }, { membershipId: member.id }]) {
      const [id] = await rules([deny], owner);
      expectDenied(await post(), "Access denied: Model gpt-4o-mini is in the denied models list", id);
      const { secret } = await addKey(tenant);
      expect((await post({ secret })).status).toBe(403);
      expect((await post({ secret: (await makeTenant({ mode: "credits" })).secret })).status).toBe(200);
      await rules([], owner);
      expect((await post()).status).toBe(200);
    }
  });

  test("fallback and retry stay inside what they leave", async () => {
    openai.respond = () => ({ status: 503 });
    await rules([{ type: "deny_providers", value: { providers: ["azure"] } }]);
    expect((await post()).status).toBe(502);
    expect([openai.calls.length > 0, azure.calls.length]).toEqual([true, 0]);
    const [id] = await rules([{ type: "allow_providers", value: { providers: ["azure"] } }]);
    openai.reset();
    expect((await post()).status).toBe(200);
    expect((await post({ body: chatBody({ models: ["gpt-4o", "gpt-4o-mini"] }) })).status).toBe(200);
    expect((await post({ body: chatBody({ model: "auto" }) })).status).toBe(200);
    expect([openai.calls.length, azure.calls.length]).toEqual([0, 3]);
    expectDenied(
      await post({ body: chatBody({ model: "openai/gpt-4o-mini" }) }),
      "Access denied: Provider openai is not in the allowed providers list",
      id,
    );
    expectDenied(
      await post({ body: chatBody({ provider: { only: ["openai"] } }) }),
      "Access denied: No providers are allowed for model gpt-4o-mini after applying IAM rules.",
      id,
    );
  });

  test("GET models lists what they leave, with the providers that they leave", async () => {
    await rules([
      { type: "allow_models", value: { models: ["gpt-4o*", "text-embedding-3-small"] } },
      { type: "deny_models", value: { models: ["openai/gpt-4o"] } },
      { type: "allow_providers", value: { providers: ["azure"] } },
      { type: "deny_operations", value: { operations: ["embeddings:write"] } },
    ]);
    const answer = await get("/v1/models");
    expect(answer.json).toMatchObject({ data: [{ id: "openai/gpt-4o-mini", providers: ["azure"] }] });
    expect(answer.json).toHaveProperty("data.length", 1);
    expect(await get("/v1/models/gpt-4o-mini")).toMatchObject({ status: 200, json: { providers: ["azure"] } });
    expect((await get("/v1/models/gpt-4o")).status).toBe(404);
    expect((await get("/v1/models/text-embedding-3-small")).status).toBe(404);
  });

  test("those about operations and addresses hold for what only reads, and for the management API", async () => {
    const [id] = await rules([{ type: "deny_operations", value: { operations: ["usage:read", "models"] } }]);
    for (const [path, operation] of [
      ["/v1/key", "key"],
      ["/v1/credits", "credits"],
      ["/v1/generation/gen_1", "generation/{id}"],
      ["/v1/models", "models"],
      ["/v1/models/gpt-4o-mini", "models/{id}"],
    ] as const)
      expectDenied(await get(path), `Access denied: Operation ${operation} is not allowed`, id);
    expect((await post()).status).toBe(200);
    const { key, secret } = await addKey(tenant, { scopes: [...DEFAULT_SCOPES, "admin:*"] });
    const manage = () => ask(doors[name], { secret, path: "/api/v1/keys" });
    expect((await manage()).status).toBe(200);
    const [away] = await rules([DENIED.deny_ips.rule], { apiKeyId: key.id });
    expectDenied(await manage(), DENIED.deny_ips.message, away);
  });

  test("what is kept for an Idempotency-Key or in the response cache is given to nobody who may not ask for it", async () => {
    const headers = { "idempotency-key": "iam-1" };
    expect((await post({ headers })).status).toBe(200);
    const { organizationId, projectId, userId } = tenant;
    await updateProject({ organizationId, projectId, cacheTtlSeconds: 3_600, actor: { userId } });
    expect((await post()).headers.get("x-turnpike-cache")).toBe("miss");
    expect((await post()).headers.get("x-turnpike-cache")).toBe("hit");
    const [id] = await rules([DENIED.deny_models.rule]);
    expectDenied(await post({ headers }), "Access denied: Model gpt-4o-mini is in the denied models list", id);
    expectDenied(await post(), "Access denied: Model gpt-4o-mini is in the denied models list", id);
    await rules([{ type: "allow_providers", value: { providers: ["azure"] } }]);
    expect((await post()).headers.get("x-turnpike-cache")).toBe("miss");
  });

  test("an unknown model is unknown before they are asked, and nothing is said to a key that is not known", async () => {
    await rules([{ type: "deny_models", value: { models: ["*"] } }, DENIED.deny_ips.rule]);
    expect(await post({ body: chatBody({ model: "no-such-model" }) })).toMatchObject({
      status: 400,
      json: { error: { code: "model_not_found" } },
    });
    expect((await post({ secret: `${tenant.secret.slice(0, -1)}!` })).status).toBe(401);
  });

  test("Anthropic's and OpenAI's clients read a denial as one", async () => {
    const [id] = await rules([DENIED.deny_models.rule]);
    const message = "Access denied: Model gpt-4o-mini is in the denied models list";
    const messages = { model: "gpt-4o-mini", max_tokens: 16, messages: [{ role: "user", content: "Hi" }] };
    for (const path of ["/v1/messages", "/v1/messages/count_tokens"])
      expect(await post({ path, body: messages })).toMatchObject({
        status: 403,
        json: { type: "error", error: { type: "permission_error", message } },
      });
    const client = new OpenAI({ baseURL: `${doors[name].url}/v1`, apiKey: tenant.secret, maxRetries: 0 });
    const error = await client.chat.completions
      .create({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hi" }] })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PermissionDeniedError);
    expect(error).toMatchObject({ code: "iam_denied", error: { message, metadata: { rule_id: id } } });
  });

  test("POST iam/explain says what each rule said, and decides as the request is decided", async () => {
    const explain = (body: unknown) => post({ path: "/v1/iam/explain", body });
    expect(await explain({ model: "openai:gpt-4o-mini" })).toMatchObject({
      status: 200,
      json: {
        decision: "allow",
        message: null,
        rule_id: null,
        model: "gpt-4o-mini",
        endpoint: "chat/completions",
        rules: [],
      },
    });
    const [models = ""] = await rules([{ type: "allow_models", value: { models: ["gpt-4o*"] } }]);
    await rules([{ type: "allow_providers", value: { providers: ["azure"] } }], { projectId: tenant.projectId });
    const allowed = await explain({ model: "gpt-4o-mini", endpoint: "messages" });
    expect(allowed.json).toMatchObject({
      decision: "allow",
      endpoint: "messages",
      rules: [
        { level: "key", id: models, type: "allow_models", verdict: "allow" },
        { level: "project", type: "allow_providers", verdict: "narrow" },
      ],
      providers: ["azure"],
    });
    const [, added] = await addRule({ ...change(), rule: { rule: DENIED.deny_operations.rule, isActive: true } });
    expect((await explain({ model: "gpt-4o-mini" })).json).toEqual({
      decision: "deny",
      message: "Access denied: Operation chat/completions is not allowed",
      rule_id: added?.id,
      model: "gpt-4o-mini",
      endpoint: "chat/completions",
      rules: [
        {
          level: "key",
          id: added?.id,
          type: "deny_operations",
          verdict: "deny",
          reason: "Access denied: Operation chat/completions is not allowed",
        },
      ],
      providers: [],
    });
    expectDenied(await post(), "Access denied: Operation chat/completions is not allowed", added?.id);
    for (const [body, code] of [
      [{}, "invalid_body"],
      [[], "invalid_body"],
      ["{", "invalid_json"],
      [{ model: "auto" }, "invalid_body"],
      [{ model: "gpt-4o-mini", endpoint: "chat" }, "invalid_body"],
      [{ model: "no-such-model" }, "model_not_found"],
    ] as const)
      expect((await explain(body)).json).toMatchObject({ error: { code } });
    expect((await get("/v1/iam/explain")).status).toBe(405);
    const { secret } = await addKey(tenant, { scopes: ["completions:write"] });
    expect((await post({ path: "/v1/iam/explain", body: { model: "gpt-4o" }, secret })).json).toMatchObject({
      error: { code: "insufficient_scope" },
    });
  });

  test("set over the management API they hold from the next request on", async () => {
    const manage = (path: string, method: string, body: unknown) =>
      ask(doors[name], { secret: MASTER, path: `/api/v1/${path}`, method, body });
    const patched = await manage(`keys/${tenant.keyId}`, "PATCH", { iam_rules: [DENIED.deny_models.rule] });
    expect(patched.status).toBe(200);
    expect((await post()).status).toBe(403);
    expect((await manage(`keys/${tenant.keyId}`, "PATCH", { iam_rules: null })).status).toBe(200);
    expect((await post()).status).toBe(200);
    await manage(`projects/${tenant.projectId}`, "PATCH", { iam_rules: [DENIED.allow_providers.rule] });
    expect((await post()).status).toBe(403);
    expect(
      await manage(`keys/${tenant.keyId}`, "PATCH", {
        iam_rules: [{ type: "deny_providers", value: { providers: ["opnai"] } }],
      }),
    ).toMatchObject({ status: 422 });
  });
});
