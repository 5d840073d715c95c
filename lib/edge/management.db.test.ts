import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyChain } from "@/lib/audit/verify-chain";
import { formatUsd, parseUsd } from "@/lib/core/money";
import { routeGateway } from "@/lib/edge/gateway-route";
import { drainSettlements } from "@/lib/gateway/settle";
import { ensureDefaultProject } from "@/lib/identity/ensure-default-project";
import { findDefaultOrganization } from "@/lib/identity/store";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { createKey } from "@/lib/keys/create-key";
import { DEFAULT_SCOPES, type Scope } from "@/lib/keys/scopes";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

const MASTER = "master-key-for-tests-0123456789abcdef";

let database: ScratchDatabase;
let home: { organizationId: string; projectId: string };

beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({ GATEWAY_MASTER_KEY: MASTER });
  await Promise.all([ensureDefaultProject(), ensureDefaultProject(), ensureDefaultProject()]);
  await ensureDefaultProject();
  const found = await findDefaultOrganization();
  if (!found) throw new Error("there is no default project");
  home = found;
});

afterAll(async () => {
  await drainSettlements(5_000);
  await closeDatabase();
  await database?.drop();
});

interface Answer {
  status: number;
  headers: Record<string, string>;
  /** An object; empty where the answer is a list or nothing. */
  body: Record<string, unknown>;
  list: Record<string, unknown>[];
}

/** One request as a door hands it in, `secret` being the master key unless said otherwise. */
async function call(
  method: string,
  path: string,
  body?: unknown,
  { secret = MASTER, headers = {} }: { secret?: string | null; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  const sent: Record<string, string> = {
    "content-length": String(Buffer.byteLength(text)),
    ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
    ...headers,
  };
  const answer = await routeGateway({
    method,
    url: `/v1/${path}`,
    header: (name) => sent[name] ?? null,
    readBody: async () => Buffer.from(text),
    remoteAddress: "203.0.113.9",
    isGone: () => false,
    onGone: () => undefined,
  });
  if (typeof answer.body !== "string") throw new Error("a stream");
  const json: unknown = answer.body === "" ? {} : JSON.parse(answer.body);
  return {
    status: answer.status,
    headers: answer.headers,
    body: Array.isArray(json) ? {} : (json as Record<string, unknown>),
    list: Array.isArray(json) ? json : [],
  };
}

function errorOf({ status, body }: Answer) {
  const error = body.error as { code?: string; message?: string; metadata?: Record<string, unknown> } | undefined;
  return { status, code: error?.code, metadata: error?.metadata };
}

async function adminOf(tenant: Tenant, scopes: readonly Scope[] = [...DEFAULT_SCOPES, "admin:*"]) {
  const { key, secret } = await createKey({
    organizationId: tenant.organizationId,
    projectId: tenant.projectId,
    name: "admin",
    environment: "live",
    expiresAt: null,
    usageLimit: null,
    usageLimitReset: "none",
    scopes,
    actor: { userId: tenant.userId },
  });
  return { id: key.id, secret };
}

const echo = (user?: string, more: Record<string, unknown> = {}) => ({
  model: "simulator/echo",
  messages: [{ role: "user", content: "Hi" }],
  max_tokens: 16,
  ...(user === undefined ? {} : { user }),
  ...more,
});

test("every installation has one default project, however often and however many processes make it", async () => {
  expect(await prisma().organization.count({ where: { isDefault: true } })).toBe(1);
  expect(await prisma().project.count({ where: { isDefault: true } })).toBe(1);
  expect(await prisma().apiKey.count({ where: { kind: "master" } })).toBe(1);
});

describe("the master key on inference", () => {
  test("has to name a user who is there and not blocked, and spends that user's budget", async () => {
    expect(errorOf(await call("POST", "chat/completions", echo()))).toMatchObject({
      status: 400,
      code: "user_required",
    });
    expect(errorOf(await call("POST", "chat/completions", echo("nobody")))).toMatchObject({
      status: 404,
      code: "user_not_found",
    });
    expect(errorOf(await call("POST", "chat/completions", { ...echo(), user: 5 }))).toMatchObject({ status: 400 });
    for (const unfit of ["a\u0000b", "\ud800", "x".repeat(5_000)])
      expect(errorOf(await call("POST", "chat/completions", echo(unfit)))).toMatchObject({ code: "user_not_found" });
    await call("POST", "users", { user_id: "ada" });
    const served = await call("POST", "chat/completions", echo("ada"));
    expect(served.status).toBe(200);
    await drainSettlements(5_000);
    const read = await call("GET", "users/ada");
    expect(parseUsd(String(read.body.spend))).toBeGreaterThan(0n);
    const logged = await call("GET", "users/ada/usage");
    expect(logged.list).toMatchObject([{ user_id: "ada", status: 200, cost: read.body.spend, billed_to: "credits" }]);
    const receipt = await prisma().request.findFirstOrThrow({ where: { id: String(served.headers["x-request-id"]) } });
    expect(receipt).toMatchObject(home);

    await call("PATCH", "users/ada", { blocked: true });
    expect(errorOf(await call("POST", "chat/completions", echo("ada")))).toMatchObject({
      status: 403,
      code: "user_blocked",
    });
    await call("PATCH", "users/ada", { blocked: false });
    expect((await call("POST", "chat/completions", echo("ada"))).status).toBe(200);
    expect((await call("DELETE", "users/ada")).status).toBe(204);
    expect(errorOf(await call("POST", "chat/completions", echo("ada")))).toMatchObject({ code: "user_not_found" });
  });

  test("names the user of Anthropic's messages in metadata.user_id", async () => {
    await call("POST", "users", { user_id: "claude" });
    const body = { model: "simulator/echo", max_tokens: 16, messages: [{ role: "user", content: "Hi" }] };
    expect((await call("POST", "messages", body)).status).toBe(400);
    expect((await call("POST", "messages", { ...body, metadata: { user_id: "claude" } })).status).toBe(200);
    await drainSettlements(5_000);
    expect((await call("GET", "users/claude/usage")).list).toHaveLength(1);
  });

  test("is held against a budget before anything is sent, and never spends past it", async () => {
    const budget = await call("POST", "budgets", { max_budget: "0.000000001", reset: "daily" });
    await call("POST", "users", { user_id: "poor", budget_id: budget.body.id });
    const refused = await call("POST", "chat/completions", echo("poor"));
    expect(errorOf(refused)).toMatchObject({ status: 403, code: "budget_exceeded" });
    expect(refused.body).toMatchObject({ message: "User 'poor' has exceeded budget limit" });
    await call("PATCH", `budgets/${budget.body.id}`, { max_budget: 1 });
    expect((await call("POST", "chat/completions", echo("poor"))).status).toBe(200);
  });

  test("that is wrong or unset is answered 401, as a wrong API key is", async () => {
    const wrong = { secret: `${MASTER}x` };
    expect(errorOf(await call("POST", "chat/completions", echo("ada"), wrong))).toMatchObject({
      status: 401,
      code: "invalid_key",
    });
    setEnvironment({ GATEWAY_MASTER_KEY: undefined });
    expect((await call("GET", "keys")).status).toBe(401);
    expect((await call("POST", "chat/completions", echo("ada"))).status).toBe(401);
    setEnvironment({ GATEWAY_MASTER_KEY: MASTER });
    expect((await call("GET", "keys")).status).toBe(200);
  });
});

describe("who may manage", () => {
  test("nobody without a credential, and no key without admin:*; nothing is said about a body before", async () => {
    const tenant = await makeTenant();
    for (const [method, path] of [
      ["GET", "keys"],
      ["POST", "projects"],
      ["PATCH", "users/x"],
      ["DELETE", "budgets/x"],
      ["GET", "audit"],
      ["POST", "credits/grants"],
    ] as const) {
      const body = method === "POST" || method === "PATCH" ? "not json" : undefined;
      expect((await call(method, path, body, { secret: null })).status).toBe(401);
      expect(errorOf(await call(method, path, body, { secret: tenant.secret }))).toMatchObject({
        status: 403,
        code: "insufficient_scope",
        metadata: { scope: "admin:*" },
      });
    }
    const admin = await adminOf(tenant);
    expect(errorOf(await call("POST", "credits/grants", { amount: "1", reason: "x" }, admin))).toMatchObject({
      status: 403,
      code: "forbidden",
    });
  });

  test("a list of a project of another organisation than the one that is named is not there, with the master key too", async () => {
    const [ours, theirs] = [await makeTenant(), await makeTenant()];
    const admin = await adminOf(ours);
    for (const list of ["keys", "provider-keys", "usage"]) {
      const of = (organization: string, project: string) =>
        `${list}?organization_id=${organization}&project_id=${project}`;
      for (const as of [{}, admin]) {
        expect((await call("GET", of(ours.organizationId, ours.projectId), undefined, as)).status).toBe(200);
        for (const [organization, project] of [
          [ours.organizationId, theirs.projectId],
          [theirs.organizationId, ours.projectId],
        ] as const)
          expect(errorOf(await call("GET", of(organization, project), undefined, as))).toMatchObject({
            status: 404,
            code: "not_found",
          });
      }
    }
  });

  test("another organisation's id is not there, whatever is done with it", async () => {
    const ours = await adminOf(await makeTenant());
    const their = await makeTenant();
    const theirs = await adminOf(their);
    const made = {
      keys: (await call("POST", "keys", { key_name: "k" }, theirs)).body.id,
      projects: (await call("POST", "projects", { name: "p" }, theirs)).body.id,
      "provider-keys": (await call("POST", "provider-keys", { provider: "openai", key: "sk-0123456789" }, theirs)).body
        .id,
      budgets: (await call("POST", "budgets", {}, theirs)).body.id,
      users: (await call("POST", "users", { user_id: "theirs" }, theirs)).body.user_id,
    };
    for (const [resource, id] of Object.entries(made)) {
      expect(id, resource).toBeTruthy();
      const path = `${resource}/${id}`;
      expect((await call("GET", path, undefined, ours)).status, path).toBe(404);
      expect((await call("PATCH", path, {}, ours)).status, path).toBe(404);
      expect((await call("DELETE", path, undefined, ours)).status, path).toBe(404);
      expect((await call("GET", path, undefined, theirs)).status, path).toBe(200);
      const listed = await call("GET", resource, undefined, ours);
      expect(JSON.stringify(listed.list)).not.toContain(String(id));
    }
    const member = (await call("GET", "members", undefined, theirs)).list[0]?.id;
    expect((await call("GET", `members/${member}`, undefined, theirs)).status).toBe(200);
    expect((await call("GET", `members/${member}`, undefined, ours)).status).toBe(404);
    expect((await call("PATCH", `members/${member}`, { iam_rules: [] }, ours)).status).toBe(404);
    expect(JSON.stringify((await call("GET", "members", undefined, ours)).list)).not.toContain(String(member));
    const into = { project_id: their.projectId };
    expect((await call("POST", "keys", { key_name: "k", ...into }, ours)).status).toBe(404);
    expect((await call("POST", "keys", { key_name: "k", user_id: "theirs" }, ours)).status).toBe(404);
    expect((await call("POST", "users", { user_id: "u", budget_id: made.budgets }, ours)).status).toBe(404);
    expect((await call("POST", "projects", { name: "p", organization_id: their.organizationId }, ours)).status).toBe(
      404,
    );
    for (const path of ["keys", "projects", "members", "users", "budgets", "audit", "usage"])
      expect((await call("GET", `${path}?organization_id=${their.organizationId}`, undefined, ours)).status).toBe(404);
    expect((await call("GET", `usage?project_id=${their.projectId}`, undefined, ours)).status).toBe(404);
    // The master key reaches all of it.
    expect((await call("GET", `keys/${made.keys}`)).status).toBe(200);
    expect((await call("GET", `users/theirs?organization_id=${their.organizationId}`)).status).toBe(200);
  });

  test("a key hands out no scope that it does not hold, neither in a new key nor in a changed or rotated one", async () => {
    const tenant = await makeTenant();
    const admin = await adminOf(tenant, ["admin:*", "models:read"]);
    const lacking = { status: 403, code: "insufficient_scope", metadata: { scope: "completions:write" } };
    expect(errorOf(await call("POST", "keys", { key_name: "wide" }, admin))).toMatchObject(lacking);
    const narrow = await call("POST", "keys", { key_name: "narrow", scopes: ["models:read"] }, admin);
    expect(narrow.body).toMatchObject({ scopes: ["models:read"] });
    const path = `keys/${narrow.body.id}`;
    expect(errorOf(await call("PATCH", path, { scopes: ["completions:write"] }, admin))).toMatchObject(lacking);
    expect(errorOf(await call("POST", `keys/${tenant.keyId}/rotate`, {}, admin))).toMatchObject(lacking);
    expect((await call("POST", `${path}/rotate`, undefined, admin)).status).toBe(200);
  });
});

describe("security: what narrows a key that manages narrows every other one that it makes", () => {
  const DENIES = [{ type: "deny_models", value: { models: ["gpt-4o*"] } }];
  const MANAGES = { scopes: [...DEFAULT_SCOPES, "admin:*"] };

  /** An admin key that the master key has narrowed so. */
  async function narrowed(changes: Record<string, unknown>) {
    const tenant = await makeTenant();
    const admin = await adminOf(tenant);
    expect((await call("PATCH", `keys/${admin.id}`, changes)).status).toBe(200);
    return { tenant, admin };
  }
  const refusal = (field: string) => ({ status: 403, code: "forbidden", metadata: { field } });

  test("its rules hold for every such key that it makes, changes, switches on or rotates, and for itself", async () => {
    const { tenant, admin } = await narrowed({ iam_rules: DENIES });
    const denied = refusal("iam_rules");
    const make = (body: object) => call("POST", "keys", { key_name: "k", ...MANAGES, ...body }, admin);
    expect(errorOf(await make({}))).toMatchObject(denied);
    const other = [{ type: "deny_models", value: { models: ["gpt-5"] } }];
    expect(errorOf(await make({ iam_rules: other }))).toMatchObject(denied);
    const made = await make({ iam_rules: [{ type: "deny_models", value: { models: ["gpt*"] } }] });
    expect(made.status).toBe(200);
    const path = `keys/${made.body.id}`;
    expect(errorOf(await call("PATCH", path, { iam_rules: other }, admin))).toMatchObject(denied);
    expect((await call("PATCH", path, { iam_rules: [...DENIES, ...other] }, admin)).status).toBe(200);
    expect((await call("POST", `${path}/rotate`, {}, admin)).status).toBe(200);
    expect(errorOf(await call("PATCH", `keys/${admin.id}`, { iam_rules: null }, admin))).toMatchObject(denied);
    // One that may do more: it can be narrowed, renamed and switched off, and that is all.
    const theirs = `keys/${(await adminOf(tenant)).id}`;
    expect(errorOf(await call("POST", `${theirs}/rotate`, {}, admin))).toMatchObject(denied);
    for (const changes of [{ key_name: "new" }, { iam_rules: other }, { is_active: false }])
      expect((await call("PATCH", theirs, changes, admin)).status).toBe(200);
    expect(errorOf(await call("PATCH", theirs, { is_active: true }, admin))).toMatchObject(denied);
    expect(errorOf(await call("PATCH", theirs, { iam_rules: [] }, admin))).toMatchObject(denied);
  });

  test("keys that do not manage are what it is there to hand out: only their scopes are compared", async () => {
    const onlyManages = [{ type: "allow_operations", value: { operations: ["admin:*"] } }];
    const { tenant, admin } = await narrowed({ iam_rules: onlyManages, usage_limit: "1", rate_limit_rpm: 100 });
    const made = await call("POST", "keys", { key_name: "a customer's" }, admin);
    expect(made.body).toMatchObject({ usage_limit: null, iam_rules: [] });
    const path = `keys/${made.body.id}`;
    expect((await call("PATCH", path, { usage_limit: "50", is_active: true }, admin)).status).toBe(200);
    expect((await call("POST", `${path}/rotate`, {}, admin)).status).toBe(200);
    const rules = { iam_rules: DENIES };
    expect((await call("PATCH", `projects/${tenant.projectId}`, rules, admin)).status).toBe(200);
    expect((await call("PATCH", `projects/${tenant.projectId}`, { iam_rules: [] }, admin)).status).toBe(200);
    // Nor is it let to manage afterwards, as wide as it is.
    expect(errorOf(await call("PATCH", path, MANAGES, admin))).toMatchObject(refusal("usage_limit"));
  });

  test("what its project or its maker is held to holds for such keys in other projects", async () => {
    const tenant = await makeTenant();
    const admin = await adminOf(tenant);
    const elsewhere = (await call("POST", "projects", { name: "elsewhere" }, admin)).body.id;
    const member = (await call("GET", "members", undefined, admin)).list[0]?.id;
    const make = (project: unknown) => call("POST", "keys", { key_name: "k", project_id: project, ...MANAGES }, admin);
    await call("PATCH", `projects/${tenant.projectId}`, { iam_rules: DENIES });
    expect((await make(tenant.projectId)).status).toBe(200);
    expect(errorOf(await make(elsewhere))).toMatchObject(refusal("iam_rules"));
    await call("PATCH", `projects/${tenant.projectId}`, { iam_rules: null });
    await call("PATCH", `members/${member}?organization_id=${tenant.organizationId}`, { iam_rules: DENIES });
    expect(errorOf(await make(tenant.projectId))).toMatchObject(refusal("iam_rules"));
  });

  test("its limits and its expiry are the most that it gives to such a key", async () => {
    const own = { usage_limit: "10", usage_limit_reset: "weekly", rate_limit_rpm: 10, rate_limit_tpm: 1_000 };
    const { admin } = await narrowed({ ...own, expires_at: "2099-01-01T00:00:00Z" });
    const within = { ...own, ...MANAGES, expires_at: "2098-01-01T00:00:00Z" };
    const made = await call("POST", "keys", { key_name: "k", ...within, usage_limit_reset: "monthly" }, admin);
    expect(made.status).toBe(200);
    const wider = {
      usage_limit: ["10.01", null],
      usage_limit_reset: ["daily"],
      rate_limit_rpm: [11, null],
      rate_limit_tpm: [1_001, null],
      expires_at: ["2099-01-01T00:00:01Z", null],
    };
    for (const [field, values] of Object.entries(wider))
      for (const value of values) {
        const body = { ...within, [field]: value };
        expect(errorOf(await call("POST", "keys", { key_name: "k", ...body }, admin))).toMatchObject(refusal(field));
        for (const id of [made.body.id, admin.id])
          expect(errorOf(await call("PATCH", `keys/${id}`, { [field]: value }, admin))).toMatchObject(refusal(field));
      }
  });

  test("a test key that manages makes none for live use", async () => {
    const tenant = await makeTenant();
    const { organizationId, projectId } = tenant;
    const { secret } = await createKey({
      organizationId,
      projectId,
      name: "test",
      environment: "test",
      expiresAt: null,
      usageLimit: null,
      usageLimitReset: "none",
      scopes: [...DEFAULT_SCOPES, "admin:*"],
      actor: { userId: tenant.userId },
    });
    const make = (body: object) => call("POST", "keys", { key_name: "k", ...MANAGES, ...body }, { secret });
    expect(errorOf(await make({}))).toMatchObject(refusal("environment"));
    expect((await make({ environment: "test" })).status).toBe(200);
  });

  test("the master key is held to none of it", async () => {
    const made = await call("POST", "keys", { key_name: "free", project_id: home.projectId });
    expect((await call("PATCH", `keys/${made.body.id}`, { iam_rules: DENIES, usage_limit: "1" })).status).toBe(200);
    expect((await call("PATCH", `keys/${made.body.id}`, { iam_rules: null, usage_limit: null })).status).toBe(200);
    expect((await call("POST", `keys/${made.body.id}/rotate`, {})).status).toBe(200);
  });
});

describe("bodies, queries and methods", () => {
  test("a wrong body is a 422 that names every field, also unknown ones", async () => {
    const wrong = await call("POST", "keys", {
      key_name: "",
      usage_limit: "-1",
      rate_limit_rpm: 0.5,
      scopes: ["root"],
      limit: 5,
      metadata: { text: "a\u0000b" },
      iam_rules: [
        { type: "allow_models", value: { providers: ["openai"] } },
        { type: "allow_everything", value: {} },
        { type: "deny_models", value: { models: [] }, note: "x" },
      ],
    });
    expect(errorOf(wrong)).toMatchObject({ status: 422, code: "invalid_body" });
    expect(Object.keys(errorOf(wrong).metadata?.fields ?? {}).sort()).toEqual([
      "iam_rules.0.value.models",
      "iam_rules.0.value.providers",
      "iam_rules.1.type",
      "iam_rules.2.note",
      "iam_rules.2.value.models",
      "key_name",
      "limit",
      "metadata",
      "rate_limit_rpm",
      "scopes.0",
      "usage_limit",
    ]);
    for (const body of [[], null, 5, "[]"]) expect((await call("POST", "keys", body)).status).toBe(422);
    expect(errorOf(await call("POST", "keys", "{"))).toMatchObject({ status: 400, code: "invalid_json" });
    expect(errorOf(await call("POST", "keys"))).toMatchObject({ status: 400, code: "invalid_json" });
    expect(errorOf(await call("POST", "keys", {}, { headers: { "content-type": "text/plain" } }))).toMatchObject({
      status: 415,
    });
  });

  test("a wrong page is a 422; skip and limit cut a list that is newest first", async () => {
    const tenant = await makeTenant();
    const admin = await adminOf(tenant);
    const names = ["one", "two", "three"];
    for (const name of names) await call("POST", "projects", { name }, admin);
    const page = async (query: string) =>
      (await call("GET", `projects?${query}`, undefined, admin)).list.map(({ name }) => name);
    expect(await page("limit=3")).toEqual(["three", "two", "one"]);
    expect(await page("skip=1&limit=1")).toEqual(["two"]);
    for (const query of ["limit=0", "limit=1001", "skip=-1", "limit=x", "limit=", "skip=1e1"])
      expect(errorOf(await call("GET", `projects?${query}`, undefined, admin))).toMatchObject({
        status: 422,
        code: "invalid_body",
      });
  });

  test("another method is a 405 that says which are taken, and another path a 404", async () => {
    const answer = await call("PUT", "keys/key_1");
    expect(errorOf(answer)).toMatchObject({ status: 405, code: "method_not_allowed" });
    expect(answer.headers.allow).toBe("GET, PATCH, DELETE");
    for (const path of ["keys/", "keys/a/b", "keys/%00", "keys/%zz", "users/a/usages", "keys/{id}"])
      expect((await call("GET", path)).status, path).toBe(404);
  });
});

describe("keys", () => {
  test("are made, read, changed, rotated and deleted, and shown whole only when they are new", async () => {
    const made = await call("POST", "keys", {
      key_name: "mobile-app",
      usage_limit: 2.5,
      usage_limit_reset: "monthly",
      rate_limit_rpm: 10,
      expires_at: "2999-12-31T23:59:59Z",
      metadata: { team: "mobile" },
      iam_rules: [
        { type: "allow_models", value: { models: ["gpt-4o*"] } },
        { type: "deny_ips", value: { cidrs: ["10.0.0.0/8"] }, status: "inactive" },
      ],
    });
    expect(made.status).toBe(200);
    const { key: secret, ...shown } = made.body;
    expect(secret).toMatch(/^tp_live_/);
    expect(shown).toMatchObject({
      key_name: "mobile-app",
      project_id: home.projectId,
      user_id: null,
      is_active: true,
      usage_limit: "2.50",
      usage: "0.00",
      limit_remaining: "2.50",
      usage_limit_reset: "monthly",
      expires_at: "2999-12-31T23:59:59.000Z",
      metadata: { team: "mobile" },
      iam_rules: [
        { type: "allow_models", value: { models: ["gpt-4o*"] }, status: "active" },
        { type: "deny_ips", value: { cidrs: ["10.0.0.0/8"] }, status: "inactive" },
      ],
    });
    const path = `keys/${shown.id}`;
    expect((await call("GET", path)).body).toEqual(shown);
    expect((await call("GET", "keys?limit=1")).list).toEqual([shown]);
    const asKey = { secret: String(secret) };
    expect((await call("GET", "key", undefined, asKey)).status).toBe(200);

    const changed = await call("PATCH", path, { is_active: false, usage_limit: null, iam_rules: null, metadata: null });
    expect(changed.body).toMatchObject({
      status: "inactive",
      is_active: false,
      usage_limit: null,
      iam_rules: [],
      metadata: {},
      key_name: "mobile-app",
      rate_limit_rpm: 10,
    });
    expect((await call("GET", "key", undefined, asKey)).status).toBe(401);
    await call("PATCH", path, { is_active: true });
    expect((await call("GET", "key", undefined, asKey)).status).toBe(200);

    const rotated = await call("POST", `${path}/rotate`, { grace_period_seconds: 60 });
    expect(rotated.body).toMatchObject({ id: shown.id, rate_limit_rpm: 10 });
    const fresh = { secret: String(rotated.body.key) };
    expect((await call("GET", "key", undefined, asKey)).status).toBe(200);
    expect((await call("GET", "key", undefined, fresh)).status).toBe(200);
    await call("POST", `${path}/rotate`);
    expect((await call("GET", "key", undefined, asKey)).status).toBe(401);

    expect((await call("DELETE", path)).status).toBe(204);
    for (const method of ["GET", "DELETE"]) expect((await call(method, path)).status).toBe(404);
    const trail = await call("GET", `audit?organization_id=${home.organizationId}&limit=1000`);
    const about = trail.list.filter(({ target }) => target === `key:${shown.id}`);
    expect(about.map(({ action }) => action)).toEqual([
      "key.delete",
      "key.rotate",
      "key.rotate",
      "key.update",
      "key.update",
      "key.create",
    ]);
    expect(about.every(({ actor, address }) => actor === "master" && address === "203.0.113.9")).toBe(true);
    expect(JSON.stringify(trail.list)).not.toContain(String(secret));
    expect(await verifyChain(home.organizationId)).toBeNull();
  });

  test("of an end user spend that user's budget, may not name another, and are refused while the user is blocked", async () => {
    const budget = await call("POST", "budgets", { max_budget: "1", budget_duration_sec: 3600 });
    await call("POST", "users", { user_id: "bound", budget_id: budget.body.budget_id });
    const made = await call("POST", "keys", { key_name: "bound's", user_id: "bound" });
    expect(made.body).toMatchObject({ user_id: "bound" });
    const key = { secret: String(made.body.key) };
    expect((await call("POST", "chat/completions", echo(), key)).status).toBe(200);
    expect((await call("POST", "chat/completions", echo("bound"), key)).status).toBe(200);
    expect(errorOf(await call("POST", "chat/completions", echo("other"), key))).toMatchObject({
      status: 403,
      code: "forbidden",
    });
    await drainSettlements(5_000);
    const user = await call("GET", "users/bound");
    expect(parseUsd(String(user.body.spend))).toBeGreaterThan(0n);
    expect(user.body.budget_started_at).toEqual(expect.any(String));
    const length = Date.parse(String(user.body.next_budget_reset_at)) - Date.parse(String(user.body.budget_started_at));
    expect(length).toBe(3_600_000);
    // What was refused is logged too, and costs nothing.
    expect((await call("GET", "users/bound/usage")).list.map(({ status }) => status).sort()).toEqual([200, 200, 403]);

    await call("PATCH", "users/bound", { blocked: true });
    expect(errorOf(await call("POST", "chat/completions", echo(), key))).toMatchObject({ code: "user_blocked" });
    await call("PATCH", "users/bound", { blocked: false });
    expect((await call("POST", "chat/completions", echo(), key)).status).toBe(200);
    await call("PATCH", `budgets/${budget.body.id}`, { max_budget: 0 });
    expect(errorOf(await call("POST", "chat/completions", echo(), key))).toMatchObject({ code: "budget_exceeded" });

    expect((await call("DELETE", "users/bound")).status).toBe(204);
    expect((await call("GET", "users/bound")).status).toBe(404);
    expect(errorOf(await call("POST", "chat/completions", echo(), key))).toMatchObject({ status: 401 });
    expect((await call("GET", `keys/${made.body.id}`)).body).toMatchObject({ is_active: false });
    // Switched on again, it is still a deleted user's.
    await call("PATCH", `keys/${made.body.id}`, { is_active: true });
    expect(errorOf(await call("POST", "chat/completions", echo(), key))).toMatchObject({ code: "user_blocked" });
  });
});

describe("users and budgets", () => {
  test("a user is made once, changed, and begins anew after a deletion", async () => {
    const made = await call("POST", "users", { user_id: "user-123", alias: "Alice", metadata: { team: "ML" } });
    expect(made.body).toMatchObject({
      user_id: "user-123",
      alias: "Alice",
      blocked: false,
      budget_id: null,
      spend: "0.00",
      budget_started_at: null,
      next_budget_reset_at: null,
      metadata: { team: "ML" },
    });
    expect(errorOf(await call("POST", "users", { user_id: "user-123" }))).toMatchObject({
      status: 409,
      code: "conflict",
    });
    const changed = await call("PATCH", "users/user-123", { alias: null });
    expect(changed.body).toMatchObject({ alias: null, metadata: { team: "ML" } });
    await call("POST", "chat/completions", echo("user-123"));
    await drainSettlements(5_000);
    await call("DELETE", "users/user-123");
    expect((await call("DELETE", "users/user-123")).status).toBe(404);
    expect((await call("POST", "users", { user_id: "user-123" })).body).toMatchObject({ spend: "0.00", metadata: {} });
    expect((await call("GET", "users/user-123/usage")).list).toHaveLength(1);
  });

  test("two who make the same user at once make one: the other has a conflict", async () => {
    const both = await Promise.all([1, 2, 3].map(() => call("POST", "users", { user_id: "twin" })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  test("names of any characters are found again", async () => {
    for (const name of ["a/b", "ünïcode 😀", "100%", "a?b#c", "{id}"]) {
      expect((await call("POST", "users", { user_id: name })).status).toBe(200);
      expect((await call("GET", `users/${encodeURIComponent(name)}`)).body).toMatchObject({ user_id: name });
    }
    expect((await call("POST", "users", { user_id: "a\nb" })).status).toBe(422);
  });

  test("each user assigned to a budget has an own meter, which a change of the budget reaches", async () => {
    const budget = await call("POST", "budgets", { max_budget: 5, reset: "weekly" });
    expect(budget.body).toMatchObject({ max_budget: "5.00", reset: "weekly", budget_duration_sec: null });
    for (const user_id of ["m1", "m2"]) await call("POST", "users", { user_id, budget_id: budget.body.id });
    await call("POST", "chat/completions", echo("m1"));
    await drainSettlements(5_000);
    expect((await call("GET", "users/m1")).body.spend).not.toBe("0.00");
    expect((await call("GET", "users/m2")).body.spend).toBe("0.00");
    const users = await prisma().endUser.findMany({ where: { externalId: { in: ["m1", "m2"] } } });
    const limits = async () =>
      (
        await prisma().meter.findMany({ where: { subject: "end_user", subjectId: { in: users.map(({ id }) => id) } } })
      ).map(({ limit, period }) => [limit, period]);
    expect(await limits()).toEqual([
      [5_000_000_000n, "weekly"],
      [5_000_000_000n, "weekly"],
    ]);
    await call("PATCH", `budgets/${budget.body.id}`, { max_budget: "7" });
    expect((await call("GET", "users/m1")).body.spend).not.toBe("0.00");
    await call("PATCH", `budgets/${budget.body.id}`, { reset: "daily" });
    expect((await call("GET", "users/m1")).body.spend).toBe("0.00");
    expect(await limits()).toEqual([
      [7_000_000_000n, "daily"],
      [7_000_000_000n, "daily"],
    ]);
    expect((await call("POST", "budgets", { reset: "daily", budget_duration_sec: 5 })).status).toBe(422);
    expect((await call("DELETE", `budgets/${budget.body.id}`)).status).toBe(204);
    const free = await call("GET", "users/m1");
    expect(free.body).toMatchObject({ budget_id: null });
    // Without a budget it shows all that was ever spent.
    expect(free.body.spend).not.toBe("0.00");
    expect(await limits()).toEqual([
      [null, "none"],
      [null, "none"],
    ]);
  });
});

test("rules of a member hold for the keys that they made from the next request on, and are audited", async () => {
  const tenant = await makeTenant({ mode: "credits" });
  const admin = await adminOf(tenant);
  const [member] = (await call("GET", "members", undefined, admin)).list;
  expect(member).toMatchObject({ role: "owner", email: expect.stringContaining("@"), iam_rules: [] });
  const path = `members/${member?.id}`;
  const chat = { model: "simulator/echo", messages: [{ role: "user", content: "Hi" }], max_tokens: 16 };
  const ask = async () => (await call("POST", "chat/completions", chat, { secret: tenant.secret })).status;
  expect(await ask()).toBe(200);
  const rule = { type: "deny_models", value: { models: ["simulator/*"] } };
  expect(await call("PATCH", path, { iam_rules: [rule] }, admin)).toMatchObject({
    status: 200,
    body: { iam_rules: [{ ...rule, status: "active" }] },
  });
  expect(await ask()).toBe(403);
  expect((await call("PATCH", path, {}, admin)).body).toMatchObject({ iam_rules: [rule] });
  expect((await call("PATCH", path, { role: "admin" }, admin)).status).toBe(422);
  expect((await call("PATCH", path, { iam_rules: null }, admin)).body).toMatchObject({ iam_rules: [] });
  expect(await ask()).toBe(200);
  const [last] = (await call("GET", "audit?limit=1", undefined, admin)).list;
  expect(last).toMatchObject({ action: "rules.set", target: `member:${member?.id}` });
});

test("spend limits of an organization and of a member hold from the next request on, and are audited", async () => {
  const tenant = await makeTenant({ mode: "credits" });
  const admin = await adminOf(tenant);
  const [member] = (await call("GET", "members", undefined, admin)).list;
  const ask = async () => errorOf(await call("POST", "chat/completions", echo(), { secret: tenant.secret }));
  const unlimited = { limit: null, used: "0.00", held: "0.00", resets_at: null };
  for (const path of ["organization/limits", `members/${member?.id}/limits`]) {
    expect((await call("GET", path, undefined, admin)).body).toEqual({ daily: unlimited, monthly: unlimited });
    expect((await call("PATCH", path, { daily: "0.000000001" }, admin)).body).toMatchObject({
      daily: { limit: "0.000000001", resets_at: expect.stringMatching(/T00:00:00.000Z$/) },
      monthly: unlimited,
    });
    expect(await ask()).toMatchObject({ status: 403, code: "budget_exceeded" });
    // What is left out stays.
    const both = await call("PATCH", path, { monthly: 50 }, admin);
    expect(both.body).toMatchObject({ daily: { limit: "0.000000001" }, monthly: { limit: "50.00" } });
    expect((await call("PATCH", path, { daily: null }, admin)).body).toMatchObject({ daily: unlimited });
    expect((await ask()).status).toBe(200);
    for (const wrong of [{ daily: "-1" }, { daily: 0 }, { weekly: "1" }, { monthly: "much" }])
      expect((await call("PATCH", path, wrong, admin)).status).toBe(422);
    const [last] = (await call("GET", "audit?limit=1", undefined, admin)).list;
    expect(last).toMatchObject({
      action: path.startsWith("organization") ? "organization.set_limits" : "member.set_limits",
      actor: `key:${admin.id}`,
      before: { daily_limit: "0.000000001", monthly_limit: "50.00" },
      after: { daily_limit: null, monthly_limit: "50.00" },
    });
  }
  const stranger = await adminOf(await makeTenant());
  for (const [method, body] of [["GET"], ["PATCH", { daily: "1" }]] as const)
    for (const path of [
      `members/${member?.id}/limits`,
      `organization/limits?organization_id=${tenant.organizationId}`,
      "members/mem_nobody/limits",
    ])
      expect((await call(method, path, body, stranger)).status).toBe(404);
});

describe("projects", () => {
  test("hold what all their keys together may spend, from the next request on", async () => {
    const made = await call("POST", "projects", { name: "limited", mode: "credits", retention: "full" });
    expect(made.body).toMatchObject({
      organization_id: home.organizationId,
      mode: "credits",
      retention: "full",
      usage_limit: null,
      usage: null,
    });
    const path = `projects/${made.body.id}`;
    const key = await call("POST", "keys", { key_name: "k", project_id: made.body.id });
    const asKey = { secret: String(key.body.key) };
    expect((await call("POST", "chat/completions", echo(), asKey)).status).toBe(200);
    const limited = await call("PATCH", path, { usage_limit: "0.000000001", usage_limit_reset: "daily" });
    expect(limited.body).toMatchObject({ usage_limit: formatUsd(1n), usage_limit_reset: "daily" });
    expect(errorOf(await call("POST", "chat/completions", echo(), asKey))).toMatchObject({
      status: 403,
      code: "budget_exceeded",
    });
    await call("PATCH", path, { usage_limit: null });
    expect((await call("POST", "chat/completions", echo(), asKey)).status).toBe(200);
    expect((await call("DELETE", path)).status).toBe(204);
    expect((await call("GET", path)).status).toBe(404);
    expect((await call("POST", "chat/completions", echo(), asKey)).status).toBe(401);
    expect((await call("GET", `keys/${key.body.id}`)).status).toBe(404);
    expect(errorOf(await call("DELETE", `projects/${home.projectId}`))).toMatchObject({ status: 409 });
  });
});

describe("provider keys", () => {
  test("show their last four characters only, and act on the next request", async () => {
    const secret = "sk-proj-0123456789abcdefWXYZ";
    const made = await call("POST", "provider-keys", { provider: "openai", key: secret, name: "ours", priority: 5 });
    expect(made.body).toMatchObject({ last_four: "WXYZ", project_id: home.projectId, priority: 5, is_active: true });
    const path = `provider-keys/${made.body.id}`;
    const changed = await call("PATCH", path, { key: "sk-proj-0123456789abcdefABCD", models: ["gpt-4o-mini"] });
    expect(changed.body).toMatchObject({ last_four: "ABCD", models: ["gpt-4o-mini"], name: "ours", priority: 5 });
    expect((await call("GET", path)).body).toEqual(changed.body);
    const refused = await call("PATCH", path, { key: "" });
    expect(errorOf(refused)).toMatchObject({ status: 422, metadata: { fields: { key: expect.any(String) } } });
    expect(
      errorOf(await call("POST", "provider-keys", { provider: "custom", key: secret, base_url: "http://127.0.0.1:1" })),
    ).toMatchObject({ status: 422, metadata: { fields: { base_url: expect.any(String) } } });
    const lists = JSON.stringify([
      (await call("GET", "provider-keys")).list,
      (await call("GET", "audit?limit=1000")).list,
    ]);
    expect(lists).not.toContain("0123456789abcdef");
    expect((await call("DELETE", path)).status).toBe(204);
    expect((await call("GET", path)).status).toBe(404);
  });

  test("without a project, where project_id is null, they serve the whole organisation, which alone reaches them", async () => {
    const [tenant, stranger] = [await makeTenant(), await makeTenant()];
    const [admin, other] = [await adminOf(tenant), await adminOf(stranger)];
    const made = await call(
      "POST",
      "provider-keys",
      { provider: "openai", key: "sk-0123456789WXYZ", project_id: null },
      admin,
    );
    expect(made.body).toMatchObject({ project_id: null, organization_id: tenant.organizationId });
    const path = `provider-keys/${made.body.id}`;
    for (const method of ["GET", "DELETE"] as const)
      expect((await call(method, path, undefined, other)).status).toBe(404);
    expect((await call("PATCH", path, { priority: 1 }, other)).status).toBe(404);
    expect((await call("PATCH", path, { priority: 1, is_active: false }, admin)).body).toMatchObject({
      project_id: null,
      priority: 1,
      is_active: false,
    });
    expect((await call("DELETE", path, undefined, admin)).status).toBe(204);
    const named = `provider-keys?organization_id=${stranger.organizationId}`;
    const wanted = { provider: "openai", key: "sk-0123456789WXYZ", project_id: null };
    expect((await call("POST", named, wanted, admin)).status).toBe(404);
    expect((await call("POST", named, wanted)).body).toMatchObject({
      project_id: null,
      organization_id: stranger.organizationId,
    });
  });

  test("go nowhere else than to the organisation that is named, whatever project is named or left out", async () => {
    const [tenant, stranger] = [await makeTenant(), await makeTenant()];
    const admin = await adminOf(tenant);
    const key = { provider: "openai", key: "sk-0123456789WXYZ" };
    const [theirs, own] = [stranger, tenant].map(
      ({ organizationId }) => `provider-keys?organization_id=${organizationId}`,
    );
    for (const wanted of [key, { ...key, project_id: tenant.projectId }]) {
      expect(errorOf(await call("POST", `${theirs}`, wanted, admin))).toMatchObject({ status: 404, code: "not_found" });
      // The master key's own project is not theirs either.
      expect(errorOf(await call("POST", `${theirs}`, wanted))).toMatchObject({ status: 404, code: "not_found" });
      expect((await call("POST", `${own}`, wanted, admin)).body).toMatchObject({ project_id: tenant.projectId });
    }
    expect((await call("POST", `${theirs}`, { ...key, project_id: stranger.projectId })).body).toMatchObject({
      organization_id: stranger.organizationId,
      project_id: stranger.projectId,
    });
  });
});

describe("pricing", () => {
  test("is the operator's: set in place of the catalogue's price, read by anyone who manages, and taken back", async () => {
    const admin = await adminOf(await makeTenant());
    const price = { model_key: "openai:gpt-4o-mini", input_price_per_million: "1.5", output_price_per_million: 6 };
    expect(errorOf(await call("POST", "pricing", price, admin))).toMatchObject({ status: 403, code: "forbidden" });
    const set = await call("POST", "pricing", price);
    expect(set.body).toMatchObject({
      model_key: "openai:gpt-4o-mini",
      input_price_per_million: "1.50",
      output_price_per_million: "6.00",
      cached_input_price_per_million: null,
    });
    expect((await call("GET", "pricing", undefined, admin)).list).toEqual([set.body]);
    expect((await call("GET", "pricing/openai:gpt-4o-mini", undefined, admin)).body).toEqual(set.body);
    const wrong = await call("POST", "pricing", { ...price, model_key: "openai:no-such", input_price_per_million: -1 });
    expect(errorOf(wrong)).toMatchObject({
      status: 422,
      metadata: { fields: { input_price_per_million: expect.any(String) } },
    });
    expect(errorOf(await call("POST", "pricing", { ...price, model_key: "openai:no-such" }))).toMatchObject({
      status: 422,
      metadata: { fields: { model_key: expect.any(String) } },
    });
    expect((await call("DELETE", "pricing/openai%3Agpt-4o-mini", undefined, admin)).status).toBe(403);
    expect((await call("DELETE", "pricing/openai%3Agpt-4o-mini")).status).toBe(204);
    expect((await call("DELETE", "pricing/openai:gpt-4o-mini")).status).toBe(404);
    expect((await call("GET", "pricing/openai:gpt-4o-mini")).status).toBe(404);
  });
});

describe("credits and usage", () => {
  test("a grant raises the balance and is booked and audited", async () => {
    const before = await call("GET", "credits");
    const granted = await call("POST", "credits/grants", { amount: "12.5", reason: "a trial" });
    expect(granted.body).toMatchObject({ organization_id: home.organizationId, amount: "12.50", reason: "a trial" });
    const after = await call("GET", "credits");
    const total = ({ body }: Answer) => (body.data as { total_credits: number }).total_credits;
    expect(total(after) - total(before)).toBeCloseTo(12.5, 9);
    for (const amount of ["0", -1, "x", null, 1e30])
      expect((await call("POST", "credits/grants", { amount, reason: "x" })).status).toBe(422);
    expect((await call("POST", "credits/grants", { amount: 1, reason: "x", organization_id: "org_none" })).status).toBe(
      404,
    );
  });

  test("a grant may expire, in the future only, and says when", async () => {
    const grant = (expires_at: unknown) =>
      call("POST", "credits/grants", { amount: "1", reason: "spring", expires_at });
    expect((await grant("2099-01-31T12:00:00Z")).body).toMatchObject({ expires_at: "2099-01-31T12:00:00.000Z" });
    expect((await grant(null)).body).toMatchObject({ expires_at: null });
    for (const wrong of ["2020-01-01T00:00:00Z", "soon", 7, ""]) expect((await grant(wrong)).status).toBe(422);
  });

  test("an adjustment corrects the balance up and down, is never nothing, and is the master key's", async () => {
    const adjust = (amount: unknown, asking?: { secret: string }) =>
      call("POST", "credits/adjustments", { amount, reason: "a correction" }, asking);
    const up = await adjust("2.5");
    const down = await adjust("-2.50");
    expect([up.body.amount, down.body.amount]).toEqual(["2.50", "-2.50"]);
    expect(Number(up.body.balance) - Number(down.body.balance)).toBeCloseTo(2.5, 9);
    for (const amount of ["0", 0, "-0.00", "x", null, 1e30]) expect((await adjust(amount)).status).toBe(422);
    expect((await adjust("1", await adminOf(await makeTenant()))).status).toBe(403);
  });

  test("usage sums by anything it is asked for, and a key without admin:* sees its own project", async () => {
    const tenant = await makeTenant();
    const admin = await adminOf(tenant);
    const own = { secret: tenant.secret };
    await call("POST", "users", { user_id: "eve" }, admin);
    const bound = await call("POST", "keys", { key_name: "eve's", user_id: "eve" }, admin);
    const other = await call("POST", "projects", { name: "other" }, admin);
    const elsewhere = await call("POST", "keys", { key_name: "e", project_id: other.body.id }, admin);
    for (const secret of [tenant.secret, String(bound.body.key), String(elsewhere.body.key)])
      expect((await call("POST", "chat/completions", echo(), { secret })).status).toBe(200);
    await drainSettlements(5_000);
    const groups = async (query: string, as: { secret: string } = admin) =>
      (await call("GET", `usage?${query}`, undefined, as)).list.map(({ group, requests }) => [group, requests]);
    const today = new Date().toISOString().slice(0, 10);
    expect(await groups("")).toEqual([[today, 3]]);
    expect(await groups("", own)).toEqual([[today, 2]]);
    expect(await groups("group_by=provider")).toEqual([["simulator", 3]]);
    expect(await groups("group_by=model")).toEqual([["echo", 3]]);
    expect((await groups("group_by=hour"))[0]?.[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:00:00Z$/);
    expect((await groups("group_by=key")).map(([, requests]) => requests)).toEqual([1, 1, 1]);
    expect(await groups("group_by=user&user_id=eve")).toEqual([["eve", 1]]);
    expect((await groups("group_by=user")).length).toBe(2);
    expect(await groups(`key_id=${tenant.keyId}`)).toEqual([[today, 1]]);
    expect(await groups(`start_date=${today}&end_date=${today}`)).toEqual([[today, 3]]);
    expect(await groups("start_date=2999-01-01")).toEqual([]);
    expect((await call("GET", `usage?project_id=${other.body.id}`, undefined, own)).status).toBe(404);
    // What a deleted key and a deleted user used stays; what never was is not there.
    await call("DELETE", `keys/${bound.body.id}`, undefined, admin);
    await call("DELETE", "users/eve", undefined, admin);
    expect(await groups(`key_id=${bound.body.id}&user_id=eve`)).toEqual([[today, 1]]);
    for (const query of [
      "key_id=key_nobody",
      "user_id=nobody",
      `organization_id=${tenant.organizationId}&key_id=key_nobody`,
    ])
      expect((await call("GET", `usage?${query}`, undefined, admin)).status, query).toBe(404);
    const stranger = await makeTenant();
    const named = `usage?organization_id=${stranger.organizationId}&key_id=${tenant.keyId}`;
    expect([(await call("GET", named)).status, (await call("GET", `usage?key_id=${tenant.keyId}`)).status]).toEqual([
      404, 200,
    ]);
    for (const query of ["start_date=soon", "end_date=2026-13-01"])
      expect(errorOf(await call("GET", `usage?${query}`)).metadata?.fields, query).toMatchObject({
        [query.split("=")[0] ?? ""]: expect.stringContaining("ISO 8601"),
      });
    const [sum] = (await call("GET", "usage?group_by=provider", undefined, admin)).list;
    expect(sum).toMatchObject({ errors: 0, total_tokens: Number(sum?.prompt_tokens) + Number(sum?.completion_tokens) });
  });
});

test("changes of users, budgets, projects and keys, all at once beside requests, neither deadlock nor break the trail", async () => {
  const tenant = await makeTenant();
  const admin = await adminOf(tenant);
  const made = async (path: string, body: unknown) => (await call("POST", path, body, admin)).body;
  const budgets = await Promise.all([1, 2].map((amount) => made("budgets", { max_budget: amount })));
  const users = ["u0", "u1", "u2"];
  for (const user_id of users) await made("users", { user_id, budget_id: budgets[0]?.id });
  const keys = await Promise.all(users.map((user_id) => made("keys", { key_name: user_id, user_id })));
  const answers = await Promise.all(
    Array.from({ length: 90 }, (_, index) => {
      const at = Math.floor(index / 9) % 3;
      const key = keys[at];
      switch (index % 9) {
        case 0:
          return call("PATCH", `users/u${at}`, { budget_id: budgets[index % 2]?.id, blocked: index % 4 === 0 }, admin);
        case 1:
          return call("PATCH", `budgets/${budgets[index % 2]?.id}`, { max_budget: index + 1, reset: "daily" }, admin);
        case 2:
          return call("PATCH", `projects/${tenant.projectId}`, { usage_limit: index + 1 }, admin);
        case 3:
          return call("PATCH", `keys/${key?.id}`, { usage_limit: index + 1, iam_rules: [] }, admin);
        case 4:
          return call("POST", "keys", { key_name: "more", user_id: `u${at}` }, admin);
        default:
          return call("POST", "chat/completions", echo(), { secret: String(key?.key) });
      }
    }),
  );
  const unexpected = answers
    .filter(({ status }) => ![200, 403].includes(status))
    .map(({ status, body }) => [status, body]);
  expect(unexpected).toEqual([]);
  await drainSettlements(5_000);
  expect(await prisma().hold.count()).toBe(0);
  expect(await verifyChain(tenant.organizationId)).toBeNull();
});
