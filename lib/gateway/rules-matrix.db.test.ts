import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { routeGateway } from "@/lib/edge/gateway-route";
import { drainSettlements } from "@/lib/gateway/settle";
import type { IamRule } from "@/lib/iam/rule-schema";
import { RULE_TYPES, RULES } from "@/lib/iam/rules/registry";
import { setRules } from "@/lib/iam/set-rules";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase } from "@/lib/infra/db";
import type { RuleType } from "@/lib/infra/prisma-client/client";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { DEFAULT_SCOPES } from "@/lib/keys/scopes";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import { chatBody } from "@/lib/testing/gateway";
import { openUpstream } from "@/lib/testing/open-doors";
import { useTestDatabase } from "@/lib/testing/test-database";

/*
 * Rules of every type, in every state, against who is called upstream: asked for with a provider and without, while they
 * answer and while they fail, when a request would move on to the next one. gpt-4o-mini is served by two here.
 */

const PROVIDERS = ["openai", "azure"] as const;
type Served = (typeof PROVIDERS)[number];

const openai = openUpstream();
const azure = openUpstream();
const UPSTREAMS = { openai, azure };

let database: ScratchDatabase;
let tenant: Tenant;
let admin: string;

beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({
    OPENAI_API_KEY: "sk-openai-0123456789",
    OPENAI_BASE_URL: openai.url,
    AZURE_API_KEY: "azure-0123456789",
    AZURE_BASE_URL: azure.url,
    ALLOW_PRIVATE_UPSTREAMS: "true",
  });
  tenant = await makeTenant({ mode: "credits" });
  // Another key, since rules about operations and addresses hold for the management API too.
  ({ secret: admin } = await addKey(tenant, { scopes: [...DEFAULT_SCOPES, "admin:*"] }));
});
afterEach(() => drainSettlements(5_000));
afterAll(async () => {
  await closeDatabase();
  await database?.drop();
});

/** Rules of one type: what names nothing of the request, what names all of it, and, where the type can, one provider of two. */
interface Example {
  all: IamRule;
  none: IamRule;
  /** Names azure alone. */
  azure: IamRule | null;
}

const models = (type: "allow_models" | "deny_models"): Example => ({
  all: { type, value: { models: ["gpt-4o-mini"] } },
  none: { type, value: { models: ["claude*"] } },
  azure: null,
});
const providers = (type: "allow_providers" | "deny_providers"): Example => ({
  // Also serves it, without a key here.
  all: { type, value: { providers: [...PROVIDERS, "openrouter"] } },
  none: { type, value: { providers: ["anthropic"] } },
  azure: { type, value: { providers: ["azure"] } },
});
const addresses = (type: "allow_ips" | "deny_ips"): Example => ({
  all: { type, value: { cidrs: ["203.0.113.0/24"] } },
  none: { type, value: { cidrs: ["198.51.100.0/24"] } },
  azure: null,
});
const operations = (type: "allow_operations" | "deny_operations"): Example => ({
  all: { type, value: { operations: ["completions:write"] } },
  none: { type, value: { operations: ["embeddings"] } },
  azure: null,
});
const prices = (type: "allow_pricing" | "deny_pricing"): Example => ({
  all: { type, value: { pricing_type: "paid" } },
  none: { type, value: { pricing_type: "free" } },
  azure: null,
});

/** A type that is forgotten here does not compile. */
const EXAMPLES: Readonly<Record<RuleType, Example>> = {
  allow_models: models("allow_models"),
  deny_models: models("deny_models"),
  allow_providers: providers("allow_providers"),
  deny_providers: providers("deny_providers"),
  allow_pricing: prices("allow_pricing"),
  deny_pricing: prices("deny_pricing"),
  allow_ips: addresses("allow_ips"),
  deny_ips: addresses("deny_ips"),
  allow_operations: operations("allow_operations"),
  deny_operations: operations("deny_operations"),
};

interface Case {
  words: string;
  rules: { rule: IamRule; isActive: boolean }[];
  /** Who is left. */
  left: readonly Served[];
}

function casesOf(type: RuleType): Case[] {
  const { all, none, azure: one } = EXAMPLES[type];
  const isAllow = RULES[type].effect === "allow";
  const [lets, denies] = isAllow ? [all, none] : [none, all];
  const on = (...rules: IamRule[]) => rules.map((rule) => ({ rule, isActive: true }));
  const off = (rule: IamRule) => [{ rule, isActive: false }];
  const cases: Case[] = [
    { words: "that lets it pass", rules: on(lets), left: PROVIDERS },
    { words: "that denies it", rules: on(denies), left: [] },
    { words: "of which one names it and one does not", rules: on(all, none), left: isAllow ? PROVIDERS : [] },
    { words: "that denies it, inactive", rules: off(denies), left: PROVIDERS },
    {
      words: "that denies it, inactive, beside one that lets it pass",
      rules: [...on(lets), ...off(denies)],
      left: PROVIDERS,
    },
    { words: "that lets it pass, inactive, beside one that denies it", rules: [...off(lets), ...on(denies)], left: [] },
  ];
  if (!one) return cases;
  const azureLeft: Served[] = isAllow ? ["azure"] : ["openai"];
  return [...cases, { words: "that names one provider of two", rules: on(one), left: azureLeft }];
}

async function send(
  secret: string,
  method: string,
  path: string,
  value: object,
): Promise<{ status: number; text: string }> {
  const text = JSON.stringify(value);
  const sent: Record<string, string> = {
    authorization: `Bearer ${secret}`,
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(text)),
  };
  const { status, body } = await routeGateway({
    method,
    url: `/v1/${path}`,
    header: (name) => sent[name] ?? null,
    readBody: async () => Buffer.from(text),
    remoteAddress: "203.0.113.9",
    isGone: () => false,
    onGone: () => undefined,
  });
  if (typeof body !== "string") throw new Error("a stream");
  return { status, text: body };
}

const ask = (model: string) => send(tenant.secret, "POST", "chat/completions", chatBody({ model }));

const called = () => PROVIDERS.filter((provider) => UPSTREAMS[provider].calls.length > 0);

function upstreams(status: 200 | 503): void {
  for (const provider of PROVIDERS) {
    UPSTREAMS[provider].reset();
    UPSTREAMS[provider].respond = () => ({ status });
  }
}

const ASKED = [
  ["gpt-4o-mini", PROVIDERS],
  ["openai/gpt-4o-mini", ["openai"]],
  ["azure/gpt-4o-mini", ["azure"]],
] as const satisfies readonly (readonly [string, readonly Served[]])[];

async function expectLeft({ rules, left }: Pick<Case, "rules" | "left">): Promise<void> {
  const { organizationId, keyId, userId } = tenant;
  await setRules({ organizationId, owner: { apiKeyId: keyId }, rules, actor: { userId } });
  for (const [model, among] of ASKED) {
    const may = among.filter((provider) => left.includes(provider));
    upstreams(200);
    const answered = await ask(model);
    expect([model, answered.status], answered.text).toEqual([model, may.length > 0 ? 200 : 403]);
    expect(called()).toHaveLength(Math.min(1, may.length));
    for (const provider of called()) expect(may).toContain(provider);
    if (may.length === 0) expect(JSON.parse(answered.text)).toMatchObject({ error: { code: "iam_denied" } });
    // Whoever fails, the next one is tried, and no other than these.
    upstreams(503);
    const failed = await ask(model);
    expect([model, failed.status], failed.text).toEqual([model, may.length > 0 ? 502 : 403]);
    expect([model, called()]).toEqual([model, may]);
  }
}

describe.each(RULE_TYPES)("%s", (type) => {
  test.each(casesOf(type))("$words", expectLeft);

  test("with nothing in it is refused, and leaves what was", async () => {
    const { organizationId, keyId, userId } = tenant;
    const { all, none } = EXAMPLES[type];
    const denies = RULES[type].effect === "allow" ? none : all;
    const rules = [{ rule: denies, isActive: true }];
    await setRules({ organizationId, owner: { apiKeyId: keyId }, rules, actor: { userId } });
    const empty = { type, value: {} };
    const refused = await send(admin, "PATCH", `keys/${keyId}`, { iam_rules: [empty] });
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([422, { error: { code: "invalid_body" } }]);
    upstreams(200);
    expect((await ask("gpt-4o-mini")).status).toBe(403);
  });
});

test("no rules at all leave everybody", () => expectLeft({ rules: [], left: PROVIDERS }));
