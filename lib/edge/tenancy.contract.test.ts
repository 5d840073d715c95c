import { readdir } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { raiseAlert } from "@/lib/alerts/raise-alert";
import { saveAutoTopUp } from "@/lib/billing/auto-top-up-store";
import { createTopUp } from "@/lib/billing/create-top-up";
import { newId } from "@/lib/core/ids";
import { parseUsd } from "@/lib/core/money";
import { createBudget } from "@/lib/end-users/create-budget";
import { createEndUser } from "@/lib/end-users/create-end-user";
import { addRule } from "@/lib/iam/add-rule";
import type { IamRule } from "@/lib/iam/rule-schema";
import { setRules } from "@/lib/iam/set-rules";
import { type Act, can, type Role } from "@/lib/identity/roles";
import { signUp } from "@/lib/identity/sign-up";
import { pool, prisma, transaction } from "@/lib/infra/db";
import { projectRoot } from "@/lib/infra/project-root";
import { createKey } from "@/lib/keys/create-key";
import { openPlayground } from "@/lib/keys/open-playground";
import { DEFAULT_SCOPES } from "@/lib/keys/scopes";
import { grantCredits } from "@/lib/ledger/grant-credits";
import { monthOf } from "@/lib/ledger/statement";
import { inviteMember } from "@/lib/members/invite-member";
import { signUpByInvite } from "@/lib/members/sign-up-by-invite";
import { setSpendLimits } from "@/lib/meters/set-spend-limits";
import { createProject } from "@/lib/projects/create-project";
import { updateProject } from "@/lib/projects/update-project";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import { type Answer, ask, eventually, untilSettled } from "@/lib/testing/gateway";
import { registerSecret } from "@/lib/testing/leaks";
import { openDoors } from "@/lib/testing/open-doors";
import { addressOf, type BuiltAction, builtActions, type Person, signInOver } from "@/lib/testing/person";

/*
 * A crawler: Bertha owns an organisation and has an admin key of it, and tries everything that can be called with the ids
 * of Aurora, who owns another. What there is to try is read from the OpenAPI document, from the files below `app` and
 * from the build's server actions; whatever is new and not told about here fails.
 */

const PASSWORD = "a long enough password";
/** Stands in every name that Aurora gives. */
const MARK = /aurora/i;
const AURORAS_USER = "aurora-user";
const BERTHAS_USER = "bertha-user";

const { doors } = openDoors({}, { only: "server", pages: true });

/** An organisation with one of everything in it. */
interface Tenant {
  email: string;
  userId: string;
  organizationId: string;
  projectId: string;
  /** Of a key with every scope. */
  secret: string;
}

async function makeOwner(name: string): Promise<Tenant> {
  const email = `${name.toLowerCase()}-${newId("usr").toLowerCase()}@example.test`;
  const made = await signUp({ name, email, password: PASSWORD });
  const { secret } = await createKey({
    ...made,
    name: `${name}'s key`,
    environment: "live",
    expiresAt: null,
    usageLimit: parseUsd("5"),
    usageLimitReset: "none",
    scopes: [...DEFAULT_SCOPES, "admin:*"],
    actor: { userId: made.userId },
  });
  registerSecret(secret);
  return { ...made, email, secret };
}

/** Tops up, and pays on the simulator's page. */
async function buyCredits({ organizationId, projectId, userId }: Omit<Tenant, "email" | "secret">): Promise<void> {
  const { url } = await createTopUp({ organizationId, projectId, amount: parseUsd("20"), actor: { userId } });
  const { pathname, search } = new URL(url);
  await fetch(`${doors.server.url}${pathname}${search}`, {
    method: "POST",
    body: new URLSearchParams({ way: "card" }),
    redirect: "manual",
  });
  await eventually(
    () => prisma().topUp.count({ where: { organizationId, status: "paid" } }),
    (count) => count === 1,
  );
}

/** A second owner, who came by an invitation, with a rule and a spend limit; and an invitation that waits. */
async function inviteColleagues(organizationId: string, userId: string, name: string): Promise<void> {
  const actor = { userId };
  const invite = (who: string) => {
    const email = `${name}-${who}-${newId("usr")}@example.test`.toLowerCase();
    return inviteMember({ organizationId, email, role: "owner", actor });
  };
  const { link } = await invite("colleague");
  const token = new URL(link ?? "").searchParams.get("token") ?? "";
  await signUpByInvite({ token, name: `${name}'s colleague`, password: PASSWORD, address: null });
  const { id } = await prisma().membership.findFirstOrThrow({ where: { organizationId, userId: { not: userId } } });
  const denial: IamRule = { type: "deny_models", value: { models: [`${name}-colleague-model`] } };
  await setRules({ organizationId, owner: { membershipId: id }, rules: [{ rule: denial, isActive: true }], actor });
  for (const memberId of [null, id])
    await setSpendLimits({ organizationId, memberId, daily: parseUsd("100"), monthly: parseUsd("1000"), actor });
  await invite("friend");
}

/** Gives a tenant one of everything that an id leads to. */
async function furnish({ organizationId, projectId, userId, secret }: Tenant, name: string): Promise<void> {
  const actor = { userId };
  await updateProject({
    organizationId,
    projectId,
    name: `${name}'s project`,
    cacheTtlSeconds: 3_600,
    retention: "full",
    actor,
  });
  await createProject({ organizationId, name: `${name}'s other project`, mode: "hybrid", actor });
  for (const served of [projectId, null])
    await addProviderKey({
      organizationId,
      projectId: served,
      provider: "anthropic",
      key: `sk-${name.toLowerCase()}-0123456789`,
      name: `${name}'s provider key`,
      actor,
    });
  const denial: IamRule = { type: "deny_models", value: { models: [`${name}-model`] } };
  await addRule({ organizationId, owner: { projectId }, rule: { rule: denial, isActive: true }, actor });
  const budget = await createBudget({ organizationId, maxBudget: parseUsd("7"), reset: "daily", actor });
  const user = `${name.toLowerCase()}-user`;
  await createEndUser({ organizationId, name: user, alias: `${name}'s customer`, budgetId: budget.id, actor });
  const bound = await createKey({
    organizationId,
    projectId,
    name: `${name}'s customer's key`,
    environment: "live",
    expiresAt: null,
    usageLimit: null,
    usageLimitReset: "none",
    endUser: user,
    actor,
  });
  registerSecret(bound.secret);
  const playground = await openPlayground({ organizationId, projectId, person: { id: userId, name }, address: null });
  registerSecret(playground.secret);
  await inviteColleagues(organizationId, userId, name);
  await buyCredits({ organizationId, projectId, userId });
  await transaction(async (tx) => {
    await saveAutoTopUp(tx, organizationId, {
      threshold: parseUsd("1"),
      amount: parseUsd("5"),
      monthlyCeiling: parseUsd("50"),
      paymentMethod: `pm_${name}`,
    });
    await grantCredits(tx, { organizationId, amount: parseUsd("3"), reason: `for ${name}`, source: `test:${name}` });
    await raiseAlert(tx, {
      organizationId,
      kind: "low_balance",
      subject: "organization",
      subjectId: organizationId,
      projectId: null,
      userId: null,
      title: `${name}'s alert`,
      text: `${name} has little left`,
    });
  });
  for (const key of [secret, bound.secret])
    for (const stream of [false, true]) {
      const messages = [{ role: "user", content: `${name} asks` }];
      const answer = await ask(doors.server, {
        secret: key,
        headers: { "idempotency-key": `${name}-${stream}` },
        body: { model: "simulator/echo", max_tokens: 16, messages, stream },
      });
      expect(answer.status).toBe(200);
    }
  await untilSettled();
  await eventually(
    () => prisma().capture.count({ where: { projectId } }),
    (count) => count === 4,
  );
}

/** Changes in its own time, whoever is crawled: mail goes out, and an hour that ends is summed up from its requests. */
const IN_BACKGROUND: ReadonlySet<string> = new Set(["outgoing_mail", "usage_rollup", "latency_rollup"]);

/** Every row of the database in which one of these ids stands, as text, by its table. */
async function rowsWith(ids: readonly string[]): Promise<Map<string, string[]>> {
  const { rows: tables } = await pool().query<{ name: string }>(
    "SELECT oid::regclass::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1",
  );
  const found = new Map<string, string[]>();
  for (const { name } of tables.filter((table) => !IN_BACKGROUND.has(table.name))) {
    const { rows } = await pool().query<{ row: string }>(
      `SELECT row FROM (SELECT to_jsonb(t)::text AS row FROM ${name} t) r WHERE row LIKE ANY ($1) ORDER BY 1`,
      [ids.map((id) => `%${id.replaceAll("_", "\\_")}%`)],
    );
    if (rows.length > 0)
      found.set(
        name,
        rows.map(({ row }) => row),
      );
  }
  return found;
}

const OUR_IDS = /\b[a-z]{2,4}_[0-9A-Za-z]{22}\b/g;

/** Every id that hangs together with an organisation: what stands in a row beside its id, and beside those again. */
async function idsOf(organizationId: string): Promise<string[]> {
  const ids = new Set([organizationId]);
  for (let known = 0; known < ids.size; ) {
    known = ids.size;
    for (const rows of (await rowsWith([...ids])).values())
      for (const row of rows) for (const [id] of row.matchAll(OUR_IDS)) ids.add(id);
  }
  return [...ids].sort();
}

let aurora: Tenant;
let bertha: Tenant;
/** All of Aurora's, end users by their name too. */
let ids: readonly string[];
let berthas: readonly string[];
let before: Map<string, string[]>;
let visitor: Person;

/** One of Aurora's ids of each kind. */
function oneOfEach(): string[] {
  return [...new Map(ids.map((id) => [id.split("_")[0], id])).values()];
}

/** Aurora's ids of one kind, by the prefix that an id reads as. */
function aurorasOwn(prefix: string): string[] {
  const found = prefix === "user" ? [AURORAS_USER] : ids.filter((id) => id.startsWith(`${prefix}_`));
  if (found.length === 0) throw new Error(`Aurora has no ${prefix}: give her one in furnish()`);
  return found;
}

/** What the path of a call names, by the prefix of its ids. */
const RESOURCES: Readonly<Record<string, string>> = {
  keys: "key",
  projects: "prj",
  "provider-keys": "pvk",
  users: "user",
  budgets: "bud",
  members: "mem",
};

/** Bertha's first id of one kind, by its prefix. */
function berthasOwn(prefix: string): string {
  const found = prefix === "user" ? BERTHAS_USER : berthas.find((id) => id.startsWith(`${prefix}_`));
  if (!found) throw new Error(`Bertha has no ${prefix}: give her one in furnish()`);
  return found;
}

/** Something of Bertha's own that the path of a call can name. */
function berthasOwnAt(where: string): string {
  const prefix = RESOURCES[where.split("/")[0] ?? ""];
  if (!prefix) throw new Error(`what is the {id} of ${where}? Say so in RESOURCES`);
  return berthasOwn(prefix);
}

beforeAll(async () => {
  [aurora, bertha] = [await makeOwner("Aurora"), await makeOwner("Bertha")];
  await furnish(aurora, "Aurora");
  await furnish(bertha, "Bertha");
  ids = [...(await idsOf(aurora.organizationId)), AURORAS_USER];
  berthas = await idsOf(bertha.organizationId);
  expect(ids.filter((id) => berthas.includes(id))).toEqual([]);
  before = await rowsWith(ids);
  visitor = await signInOver(doors.server, { email: bertha.email, password: PASSWORD });
});

/** What an answer says of Aurora that `sent` did not say itself. */
function leaksIn({ text, headers }: Pick<Answer, "text"> & { headers?: Headers }, sent: string): string[] {
  const told = `${text} ${[...(headers ?? [])].map((header) => header.join(": ")).join("\n")}`;
  const unsent = ids.filter((id) => id !== AURORAS_USER && told.includes(id) && !sent.includes(id));
  const named = MARK.test(sent.includes(AURORAS_USER) ? told.replaceAll(AURORAS_USER, "") : told);
  return named ? [...unsent, "a name that Aurora gave"] : unsent;
}

test("the search is not blind: it finds in Aurora's own answers what is hers", async () => {
  const manager = await ask(doors.server, { path: "/v1/keys", secret: aurora.secret });
  expect(leaksIn(manager, "")).toEqual(expect.arrayContaining([aurora.projectId, "a name that Aurora gave"]));
  const owner = await signInOver(doors.server, { email: aurora.email, password: PASSWORD });
  const page = await owner.get(`/dashboard/${aurora.projectId}/keys`);
  expect([isNotFound(page), leaksIn(page, "").length > 2]).toEqual([false, true]);
});

// ---- the gateway and the management API ----

const schemaOnWire = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  $ref: z.string().optional(),
});
const operationOnWire = z.object({
  description: z.string(),
  parameters: z.array(z.object({ name: z.string(), in: z.enum(["path", "query"]) })),
  requestBody: z.object({ content: z.object({ "application/json": z.object({ schema: schemaOnWire }) }) }).optional(),
});
const openApi = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationOnWire)),
  components: z.object({ schemas: z.record(z.string(), schemaOnWire) }),
});

interface Described {
  /** `POST keys/{id}/rotate` */
  name: string;
  method: string;
  path: string;
  needsMaster: boolean;
  query: string[];
  /** The members of its body; null where it has none. */
  body: string[] | null;
}

async function describedOperations(): Promise<Described[]> {
  const { paths, components } = openApi.parse((await ask(doors.server, { path: "/v1/openapi.json" })).json);
  return Object.entries(paths).flatMap(([where, methods]) =>
    Object.entries(methods).map(([method, { description, parameters, requestBody }]) => {
      const sent = requestBody?.content["application/json"].schema;
      const named = sent?.$ref ? components.schemas[sent.$ref.split("/").at(-1) ?? ""] : sent;
      return {
        name: `${method.toUpperCase()} ${where.slice(1)}`,
        method: method.toUpperCase(),
        path: where.slice(1),
        needsMaster: description.includes("master key"),
        query: parameters.filter((parameter) => parameter.in === "query").map((parameter) => parameter.name),
        body: sent ? Object.keys(named?.properties ?? {}) : null,
      };
    }),
  );
}

/** Bodies that are accepted, so that an id is all that is wrong with a request. A forgotten one is an invalid request, and fails. */
const BODIES: Readonly<Record<string, () => Record<string, unknown>>> = {
  "POST keys": () => ({ key_name: "Bertha's" }),
  "POST projects": () => ({ name: "Bertha's" }),
  "POST provider-keys": () => ({ provider: "openai", key: "sk-bertha-0123456789" }),
  "POST users": () => ({ user_id: newId("eu") }),
  "PATCH keys/{id}": () => ({ key_name: "taken", is_active: false }),
  "PATCH projects/{id}": () => ({ name: "taken", mode: "credits" }),
  "PATCH provider-keys/{id}": () => ({ is_active: false }),
  "PATCH users/{id}": () => ({ blocked: true }),
  "PATCH budgets/{id}": () => ({ max_budget: 0 }),
  "PATCH members/{id}": () => ({ iam_rules: null }),
  "PATCH members/{id}/limits": () => ({ daily: "1" }),
  "PATCH organization/limits": () => ({ daily: "1000" }),
  "POST pricing": () => ({ model_key: "openai:gpt-4o", input_price_per_million: 1, output_price_per_million: 1 }),
  "POST credits/grants": () => ({ amount: "1", reason: "Bertha's" }),
  "POST credits/adjustments": () => ({ amount: "1", reason: "Bertha's" }),
};

/** What a parameter or a member of a body names, by the prefix of its ids. null: nothing that anybody owns. */
const NAMES: Readonly<Record<string, string | null>> = {
  organization_id: "org",
  project_id: "prj",
  key_id: "key",
  user_id: "user",
  budget_id: "bud",
  id: "gen",
};

/** Where such a name is no reference: a name that is given, of the caller's own choosing. */
const GIVEN_NAMES: ReadonlySet<string> = new Set(["POST users user_id"]);

describe("an owner's key with admin:* of another organisation", () => {
  test("reaches nothing by an id in the path of any call, whatever the id is of", async () => {
    const operations = (await describedOperations()).filter((operation) => operation.path.includes("{id}"));
    expect(operations.length).toBeGreaterThan(15);
    for (const operation of operations) {
      const { name, method, needsMaster, body } = operation;
      const attempts = oneOfEach().map(async (id) => {
        const where = `/v1/${operation.path.replace("{id}", encodeURIComponent(id))}`;
        const answer = await ask(doors.server, {
          method,
          path: where,
          secret: bertha.secret,
          ...(body === null ? {} : { body: BODIES[name]?.() ?? {} }),
        });
        expect([name, id, answer.status], answer.text).toEqual([name, id, needsMaster ? 403 : 404]);
        expect([name, id, leaksIn(answer, where)]).toEqual([name, id, []]);
      });
      await Promise.all(attempts);
    }
  });

  test("reaches nothing by an id in the query or the body of any call", async () => {
    const tried: string[] = [];
    for (const { name, method, path: where, needsMaster, query, body } of await describedOperations()) {
      const named = [
        ...query.map((field) => ["query", field] as const),
        ...(body ?? []).map((field) => ["body", field] as const),
      ];
      for (const [place, field] of named) {
        if (!/(?:^|_)id$/.test(field) || GIVEN_NAMES.has(`${name} ${field}`)) continue;
        const prefix = NAMES[field];
        if (prefix === undefined) throw new Error(`${name}: what does ${field} name? Say so in NAMES`);
        if (prefix === null) continue;
        for (const id of aurorasOwn(prefix)) {
          const sent = place === "body" ? { ...BODIES[name]?.(), [field]: id } : BODIES[name]?.();
          const search = place === "query" ? `?${field}=${encodeURIComponent(id)}` : "";
          const address = `/v1/${where.includes("{id}") ? where.replace("{id}", berthasOwnAt(where)) : where}${search}`;
          const answer = await ask(doors.server, {
            method,
            path: address,
            secret: bertha.secret,
            ...(body === null ? {} : { body: sent ?? {} }),
          });
          expect([name, field, answer.status], answer.text).toEqual([name, field, needsMaster ? 403 : 404]);
          expect([name, field, leaksIn(answer, `${address} ${JSON.stringify(sent)}`)]).toEqual([name, field, []]);
          tried.push(`${name} ${field}`);
        }
      }
    }
    expect(new Set(tried).size).toBeGreaterThan(15);
  });

  test("sees nothing of another organisation in any list", async () => {
    for (const { name, path: where, query } of await describedOperations()) {
      if (!name.startsWith("GET ") || where.includes("{id}") || query.includes("id")) continue;
      const answer = await ask(doors.server, { path: `/v1/${where}`, secret: bertha.secret });
      expect([name, answer.status, leaksIn(answer, "")]).toEqual([name, 200, []]);
    }
  });
});

// ---- the pages ----

/** Every page and route below `app`, by its address. */
async function addresses(): Promise<string[]> {
  const app = path.join(projectRoot(), "app");
  const files = await readdir(app, { recursive: true });
  const found = files.filter((file) => /(?:^|\/)(?:page\.tsx|route\.ts)$/.test(file));
  return found.map((file) => addressOf(`app/${file}`)).sort();
}

/** What belongs to nobody, or is the gateway itself, or asks for no session. */
const OF_NO_TENANT: readonly string[] = [
  "/",
  "/api/auth/[...nextauth]",
  "/api/stripe/simulator/[...path]",
  "/api/stripe/webhook",
  "/api/v1/[...path]",
  "/confirm-email",
  "/docs",
  "/docs/api",
  "/docs/api/[group]",
  "/forgot-password",
  "/health/[...path]",
  "/invite",
  "/metrics",
  "/models",
  "/models/[...model]",
  "/reset-password",
  "/sign-in",
  "/sign-up",
  "/v1/[...path]",
];

/** What a role has to allow for a page or route to be there; null: any member sees it. */
const PAGES: Readonly<Record<string, Act | null>> = {
  "/dashboard": null,
  "/dashboard/[project]": "usage.view",
  "/dashboard/[project]/account": null,
  "/dashboard/[project]/audit": "audit.view",
  "/dashboard/[project]/audit/export": "audit.view",
  "/dashboard/[project]/billing": "billing.view",
  "/dashboard/[project]/billing/receipts/[topUp]": "billing.view",
  "/dashboard/[project]/books": "billing.view",
  "/dashboard/[project]/books/statement": "billing.view",
  "/dashboard/[project]/books/statement/export": "billing.view",
  "/dashboard/[project]/end-users": "end_users.view",
  "/dashboard/[project]/end-users/[user]": "end_users.view",
  "/dashboard/[project]/keys": "keys.view",
  "/dashboard/[project]/keys/[id]": "keys.view",
  "/dashboard/[project]/live/alerts": "project.view",
  "/dashboard/[project]/live/auto-top-up": "billing.view",
  "/dashboard/[project]/live/balance": "billing.view",
  "/dashboard/[project]/live/billing": "billing.view",
  "/dashboard/[project]/live/cards": "billing.view",
  "/dashboard/[project]/live/keys": "keys.view",
  "/dashboard/[project]/live/keys/[id]": "keys.view",
  "/dashboard/[project]/live/requests": "logs.view",
  "/dashboard/[project]/logs": "logs.view",
  "/dashboard/[project]/logs/[id]": "logs.view",
  "/dashboard/[project]/logs/export": "logs.view",
  "/dashboard/[project]/members": "members.view",
  "/dashboard/[project]/members/[member]": "rules.view",
  "/dashboard/[project]/models": "project.view",
  "/dashboard/[project]/models/[...model]": "project.view",
  "/dashboard/[project]/playground": "keys.create",
  "/dashboard/[project]/providers": "provider_keys.view",
  "/dashboard/[project]/settings": "project.view",
  "/dashboard/[project]/settings/rules": "rules.view",
  "/dashboard/[project]/usage": "usage.view",
  "/dashboard/[project]/usage/export": "usage.view",
};

/** What stands in a segment's place, of whose ids these are. */
function filled(template: string, project: string, own: (prefix: string) => string): string {
  return template.replaceAll(/\[(?:\.\.\.)?(\w+)\]/g, (_, name: string) => {
    if (name === "project") return project;
    if (name === "id") return own(template.includes("/keys/") ? "key" : "gen");
    if (name === "user") return own("eu");
    if (name === "member") return own("mem");
    if (name === "topUp") return own("top");
    if (name === "model") return "openai/gpt-4o-mini";
    throw new Error(`the crawler does not know what [${name}] in ${template} stands for`);
  });
}

/** A page in the middle of which Next found nothing, after its head was sent. */
const NOT_FOUND = "NEXT_HTTP_ERROR_FALLBACK;404";

function isNotFound({ status, text }: Answer): boolean {
  return status === 404 || (status === 200 && text.includes(NOT_FOUND));
}

/** A page as a document, and as what the router asks for when somebody clicks on a link to it. */
const WAYS: Readonly<Record<string, (where: string) => Promise<Answer>>> = {
  "as a document": (where) => visitor.get(where),
  // Next wants this name on it, so that no cache takes it for the document.
  "by a link": (where) => visitor.get(`${where}?_rsc=`, { rsc: "1" }),
};

test("the crawler knows every page and route there is", async () => {
  expect(await addresses()).toEqual([...OF_NO_TENANT, ...Object.keys(PAGES)].sort());
});

describe("an owner of another organisation", () => {
  test("finds no page, stream, export or receipt of a project that is not theirs", async () => {
    for (const template of Object.keys(PAGES).filter((address) => address.includes("[project]")))
      for (const project of aurorasOwn("prj"))
        for (const [way, get] of Object.entries(WAYS)) {
          const where = filled(template, project, (prefix) => aurorasOwn(prefix)[0] ?? "");
          const answer = await get(where);
          expect([where, way, isNotFound(answer), leaksIn(answer, where)], `${answer.status}`).toEqual([
            where,
            way,
            true,
            [],
          ]);
        }
  });

  test("finds nothing of another organisation below their own project", async () => {
    const deeper = Object.keys(PAGES).filter((address) => /\[project\].*\[(?!\.\.\.)/.test(address));
    expect(deeper.length).toBeGreaterThan(1);
    for (const template of deeper)
      for (const id of oneOfEach()) {
        const where = filled(template, bertha.projectId, () => id);
        const answer = await visitor.get(where);
        expect([where, isNotFound(answer), leaksIn(answer, where)], `${answer.status}`).toEqual([where, true, []]);
      }
  });

  test("sees nothing of another organisation on their own pages, whatever ids they ask for there", async () => {
    const asked = [
      "key",
      "actor",
      "top_up",
      "id",
      "project",
      "organization",
      "user",
      "model",
      "receipt",
      "replay",
      "q",
    ];
    // What a statement is of; the other pages ask for none.
    const month = `month=${monthOf(new Date())}`;
    const search = new URLSearchParams();
    const prefixes: Readonly<Record<string, string>> = { actor: "usr", top_up: "top", replay: "gen" };
    for (const name of asked) search.set(name, aurorasOwn(prefixes[name] ?? "key")[0] ?? "");
    for (const template of Object.keys(PAGES)) {
      const own = filled(template, bertha.projectId, berthasOwn);
      for (const where of [`${own}?${month}`, `${own}?${month}&${search}`]) {
        const answer = await visitor.get(where);
        expect([where, [200, 307].includes(answer.status), isNotFound(answer)], answer.text.slice(0, 300)).toEqual([
          where,
          true,
          false,
        ]);
        expect([where, leaksIn(answer, where)]).toEqual([where, []]);
      }
    }
  });
});

// ---- the server actions ----

/** Whose ids an action is called with. */
interface Reach {
  organizationId: string;
  projectId: string;
  /** A project that something is done to, from any page: another one than that page's. */
  otherProjectId: string;
  keyId: string;
  providerKeyId: string;
  memberId: string;
  inviteId: string;
  /** As our customer names them. */
  endUser: string;
  budgetId: string;
  topUpId: string;
}

/** The ids that an action takes beside those that say where it happens, by their prefix. */
const OBJECTS: Readonly<Record<Exclude<keyof Reach, "organizationId" | "projectId">, string>> = {
  otherProjectId: "prj",
  keyId: "key",
  providerKeyId: "pvk",
  memberId: "mem",
  inviteId: "inv",
  endUser: "user",
  budgetId: "bud",
  topUpId: "top",
};

interface KnownAction {
  /** What a role has to allow. */
  act: Act;
  /** What it takes, in each way that it can be called. */
  inputs: readonly ((reach: Reach) => object)[];
  /** How it says that something it names is not there, where that is not `not_found`. */
  missing?: string;
}

/** A rule that a form sends. */
const RULE = { rule: { type: "deny_models", value: { models: ["taken"] } }, isActive: true };
const BUDGET = { maxBudget: "9", period: "daily", durationSeconds: null };

/**
 * Every server action. null: it takes no id and asks for no role, since it is about the account of whoever calls it, found
 * by their session, by their address or by the token of a mailed link.
 */
const ACTIONS: Readonly<Record<string, KnownAction | null>> = {
  signUpAction: null,
  requestResetAction: null,
  resetPasswordAction: null,
  renamePersonAction: null,
  changePasswordAction: null,
  requestEmailAction: null,
  confirmEmailAction: null,
  endSessionsAction: null,
  addOrganizationAction: null,
  acceptInviteAction: null,
  signUpByInviteAction: null,
  readAlertsAction: {
    act: "project.view",
    inputs: [({ projectId }) => ({ projectId, upTo: new Date().toISOString() })],
  },
  setBalanceAlertsAction: {
    act: "billing.manage",
    inputs: [({ organizationId }) => ({ organizationId, balances: ["11"] })],
  },
  createTopUpAction: { act: "billing.manage", inputs: [({ projectId }) => ({ projectId, amount: "5" })] },
  openPortalAction: { act: "billing.manage", inputs: [({ projectId }) => ({ projectId })] },
  setSpendLimitsAction: {
    act: "billing.manage",
    inputs: [
      ({ organizationId }) => ({ organizationId, memberId: null, daily: "900", monthly: null }),
      ({ organizationId, memberId }) => ({ organizationId, memberId, daily: "900", monthly: null }),
    ],
  },
  setAutoTopUpAction: {
    act: "billing.manage",
    inputs: [
      ({ projectId }) => ({
        projectId,
        threshold: "10",
        amount: "20",
        monthlyCeiling: "200",
        paymentMethod: "pm_Aurora",
      }),
    ],
    missing: "invalid_fields",
  },
  turnOffAutoTopUpAction: { act: "billing.manage", inputs: [({ projectId }) => ({ projectId })] },
  addCardAction: { act: "billing.manage", inputs: [({ projectId }) => ({ projectId })] },
  confirmTopUpAction: { act: "billing.manage", inputs: [({ projectId, topUpId }) => ({ projectId, topUpId })] },
  createKeyAction: {
    act: "keys.create",
    inputs: [
      ({ projectId }) => ({ projectId, name: "made by an action" }),
      ({ projectId, endUser }) => ({ projectId, name: "made by an action", endUser }),
    ],
    missing: "user_not_found",
  },
  setKeyStatusAction: {
    act: "keys.update_own",
    inputs: [({ projectId, keyId }) => ({ projectId, keyId, status: "inactive" })],
  },
  setKeysStatusAction: {
    act: "keys.update_own",
    inputs: [({ projectId, keyId }) => ({ projectId, keyIds: [berthasOwn("key"), keyId], status: "inactive" })],
  },
  updateKeyAction: {
    act: "keys.update_own",
    inputs: [({ projectId, keyId }) => ({ projectId, keyId, name: "taken" })],
  },
  rotateKeyAction: { act: "keys.update_own", inputs: [({ projectId, keyId }) => ({ projectId, keyId })] },
  deleteKeyAction: { act: "keys.update_own", inputs: [({ projectId, keyId }) => ({ projectId, keyId })] },
  openPlaygroundAction: { act: "keys.create", inputs: [({ projectId }) => ({ projectId })] },
  saveRulesAction: {
    act: "rules.manage",
    inputs: [
      ({ projectId, keyId }) => ({ projectId, owner: { apiKeyId: keyId }, rules: [RULE], seen: [] }),
      ({ projectId, otherProjectId }) => ({ projectId, owner: { projectId: otherProjectId }, rules: [RULE], seen: [] }),
      ({ projectId, memberId }) => ({ projectId, owner: { membershipId: memberId }, rules: [RULE], seen: [] }),
    ],
  },
  previewRulesAction: {
    act: "rules.view",
    inputs: [({ projectId, keyId }) => ({ projectId, owner: { apiKeyId: keyId }, rules: [RULE] })],
  },
  explainRulesAction: {
    act: "rules.view",
    inputs: [
      ({ projectId, keyId }) => ({
        projectId,
        owner: { apiKeyId: keyId },
        rules: [RULE],
        model: "openai/gpt-4o-mini",
        address: "",
      }),
    ],
  },
  createProjectAction: {
    act: "project.create",
    inputs: [({ organizationId }) => ({ organizationId, name: "made by an action" })],
  },
  updateProjectAction: {
    act: "project.update",
    inputs: [({ projectId }) => ({ projectId, name: "taken", usageLimit: "900", usageLimitReset: "daily" })],
  },
  setProjectModeAction: { act: "project.update", inputs: [({ projectId }) => ({ projectId, mode: "hybrid" })] },
  deleteProjectAction: {
    act: "project.delete",
    inputs: [({ otherProjectId }) => ({ projectId: otherProjectId })],
  },
  clearCacheAction: { act: "project.update", inputs: [({ projectId }) => ({ projectId })] },
  pauseProjectAction: { act: "project.update", inputs: [({ projectId }) => ({ projectId, isPaused: false })] },
  deleteOrganizationAction: {
    act: "organization.delete",
    // Under another name it deletes nothing, so the tests after it go on.
    inputs: [({ organizationId }) => ({ organizationId, name: "not its name" })],
    missing: "invalid_fields",
  },
  pauseOrganizationAction: {
    act: "organization.update",
    inputs: [({ organizationId }) => ({ organizationId, isPaused: false })],
  },
  changeRoleAction: {
    act: "members.manage",
    inputs: [({ organizationId, memberId }) => ({ organizationId, memberId, role: "viewer" })],
  },
  removeMemberAction: {
    act: "members.manage",
    inputs: [({ organizationId, memberId }) => ({ organizationId, memberId, heirId: null })],
  },
  leaveOrganizationAction: {
    act: "organization.view",
    // Somebody who is there would make the caller leave.
    inputs: [({ organizationId, memberId }) => ({ organizationId, heirId: memberId })],
    missing: "invalid_fields",
  },
  inviteMemberAction: {
    act: "members.manage",
    inputs: [({ organizationId }) => ({ organizationId, email: `${newId("usr")}@example.test`, role: "viewer" })],
  },
  resendInviteAction: {
    act: "members.manage",
    inputs: [({ organizationId, inviteId }) => ({ organizationId, inviteId })],
  },
  revokeInviteAction: {
    act: "members.manage",
    inputs: [({ organizationId, inviteId }) => ({ organizationId, inviteId })],
  },
  createEndUserAction: {
    act: "end_users.manage",
    inputs: [
      ({ organizationId }) => ({ organizationId, name: newId("eu"), alias: "", budgetId: null }),
      ({ organizationId, budgetId }) => ({ organizationId, name: newId("eu"), alias: "", budgetId }),
    ],
  },
  updateEndUserAction: {
    act: "end_users.manage",
    inputs: [
      ({ organizationId, endUser }) => ({ organizationId, name: endUser, isBlocked: true }),
      ({ organizationId, endUser, budgetId }) => ({ organizationId, name: endUser, budgetId }),
    ],
    missing: "user_not_found",
  },
  deleteEndUserAction: {
    act: "end_users.manage",
    inputs: [({ organizationId, endUser }) => ({ organizationId, name: endUser })],
    missing: "user_not_found",
  },
  createBudgetAction: {
    act: "end_users.manage",
    inputs: [({ organizationId }) => ({ organizationId, ...BUDGET })],
  },
  updateBudgetAction: {
    act: "end_users.manage",
    inputs: [({ organizationId, budgetId }) => ({ organizationId, budgetId, ...BUDGET })],
  },
  deleteBudgetAction: {
    act: "end_users.manage",
    inputs: [({ organizationId, budgetId }) => ({ organizationId, budgetId })],
  },
  addProviderKeyAction: {
    act: "provider_keys.manage",
    inputs: [
      ({ projectId }) => ({ projectId, provider: "openai", key: "sk-added-0123456789" }),
      ({ projectId }) => ({ projectId, scope: "organization", provider: "openai", key: "sk-added-0123456789" }),
    ],
  },
  checkNewProviderKeyAction: {
    act: "provider_keys.manage",
    // Nobody listens there, so the check says that and is no refusal of ours.
    inputs: [({ projectId }) => ({ projectId, provider: "custom", key: "", baseUrl: "http://127.0.0.1:9/v1" })],
  },
  checkProviderKeyAction: {
    act: "provider_keys.manage",
    inputs: [
      ({ projectId, providerKeyId }) => ({ projectId, providerKeyId }),
      ({ projectId, providerKeyId }) => ({ projectId, providerKeyId, scope: "organization" }),
    ],
  },
  updateProviderKeyAction: {
    act: "provider_keys.manage",
    inputs: [
      ({ projectId, providerKeyId }) => ({ projectId, providerKeyId, name: "taken", priority: 1 }),
      ({ projectId, providerKeyId }) => ({ projectId, providerKeyId, scope: "organization", isActive: false }),
    ],
  },
  removeProviderKeyAction: {
    act: "provider_keys.manage",
    inputs: [
      ({ projectId, providerKeyId }) => ({ projectId, providerKeyId }),
      ({ projectId, providerKeyId }) => ({ projectId, providerKeyId, scope: "organization" }),
    ],
  },
};

/** Ids of nothing, by their kind. */
const NO_OBJECTS = {
  otherProjectId: "prj_none",
  keyId: "key_none",
  providerKeyId: "pvk_none",
  memberId: "mem_none",
  inviteId: "inv_none",
  endUser: "nobody",
  budgetId: "bud_none",
  topUpId: "top_none",
};

/** All that actions are called with, of one tenant's. */
function reachOf({ organizationId, projectId }: Tenant, own: (prefix: string) => string): Reach {
  return {
    organizationId,
    projectId,
    otherProjectId: projectId,
    keyId: own("key"),
    providerKeyId: own("pvk"),
    memberId: own("mem"),
    inviteId: own("inv"),
    endUser: own("user"),
    budgetId: own("bud"),
    topUpId: own("top"),
  };
}

/** Every id of Aurora's that an input can hold while all else in it is Bertha's own. */
function strays(input: (reach: Reach) => object): Reach[] {
  const own = reachOf(bertha, berthasOwn);
  const marked = (name: string) => JSON.stringify(input({ ...own, [name]: "marked" })).includes("marked");
  const names = Object.entries(OBJECTS).filter(([name]) => marked(name));
  return names.flatMap(([name, prefix]) => aurorasOwn(prefix).map((id) => ({ ...own, [name]: id })));
}

/** Calls an action from a page that shows it. */
function perform(person: Person, { pages, ...action }: BuiltAction, projectId: string, input: object) {
  const page = pages.find((where) => where.includes("[project]")) ?? pages[0] ?? "/dashboard";
  return person.act(
    { pages, ...action },
    filled(page, projectId, (prefix) => `${prefix}_none`),
    input,
  );
}

let actions: BuiltAction[];
beforeAll(async () => {
  actions = await builtActions();
});

test("the crawler knows every server action there is", () => {
  expect(actions.map(({ name }) => name).sort()).toEqual(Object.keys(ACTIONS).sort());
});

describe("a server action", () => {
  test("called with another organisation's ids finds nothing there, and says nothing of it", async () => {
    const theirs = reachOf(aurora, (prefix) => aurorasOwn(prefix)[0] ?? "");
    const met = new Set<string>();
    for (const action of actions) {
      const known = ACTIONS[action.name];
      for (const make of known?.inputs ?? []) {
        const inputs = [
          { input: make(theirs), codes: ["not_found"] },
          // One's own organisation, and what is in it another's.
          ...strays(make).map((reach) => ({ input: make(reach), codes: ["not_found", known?.missing ?? "not_found"] })),
        ];
        const attempts = inputs.map(async ({ input, codes }) => {
          const { code, text } = await perform(visitor, action, bertha.projectId, input);
          const told = [action.name, input];
          expect([...told, codes.includes(code ?? "")], text.slice(0, 300)).toEqual([...told, true]);
          expect([...told, leaksIn({ text }, JSON.stringify(input))]).toEqual([...told, []]);
        });
        await Promise.all(attempts);
        if (inputs.length > 1) met.add(action.name);
      }
    }
    expect(met.size).toBeGreaterThan(20);
  });

  test("that saves rules takes none of another organisation's by its id", async () => {
    const action = actions.find(({ name }) => name === "saveRulesAction");
    if (!action) throw new Error("no action saves rules");
    const { organizationId, userId } = bertha;
    for (const id of aurorasOwn("rule")) {
      const { id: projectId } = await createProject({
        organizationId,
        name: "for rules",
        mode: "hybrid",
        actor: { userId },
      });
      const input = { projectId, owner: { projectId }, rules: [{ ...RULE, id }], seen: [] };
      const { ok, text } = await perform(visitor, action, projectId, input);
      expect([ok, text.includes(id), leaksIn({ text }, "")]).toEqual([true, false, []]);
    }
  });
});

test("after all of it nothing of the other organisation's has changed, and nothing of it stands anywhere else", async () => {
  await untilSettled();
  expect(await rowsWith(ids)).toEqual(before);
});

// ---- roles ----

const ROLES: readonly Role[] = ["owner", "admin", "developer", "billing", "viewer"];

describe.each(ROLES)("a member who is %s", (role) => {
  let member: Person;
  beforeAll(async () => {
    const email = `${role}-${newId("usr").toLowerCase()}@example.test`;
    const { userId } = await signUp({ name: role, email, password: PASSWORD });
    await prisma().membership.create({
      data: { id: newId("mem"), organizationId: bertha.organizationId, userId, role },
    });
    member = await signInOver(doors.server, { email, password: PASSWORD });
  });

  test("finds the pages that the role allows, and no others", async () => {
    const found: [string, boolean][] = [];
    for (const template of Object.keys(PAGES))
      found.push([template, !isNotFound(await member.get(filled(template, bertha.projectId, berthasOwn)))]);
    expect(found).toEqual(Object.entries(PAGES).map(([template, act]) => [template, act === null || can(role, act)]));
  });

  test("reads what a call said where the role allows, and its receipt alone where it does not", async () => {
    const { projectId } = bertha;
    const { requestId } = await prisma().capture.findFirstOrThrow({ where: { projectId } });
    const { text } = await member.get(`/dashboard/${projectId}/logs/${requestId}`);
    expect(text.includes("Bertha asks")).toBe(can(role, "captures.view"));
  });

  test("does what the role allows, and is refused everything else", async () => {
    const { organizationId, projectId, userId } = bertha;
    const refused: [string, boolean][] = [];
    for (const action of actions) {
      const known = ACTIONS[action.name];
      for (const make of known?.inputs ?? []) {
        // Of its own for each call that takes one: some end it.
        const takesOther = JSON.stringify(make({ ...NO_OBJECTS, ...bertha, otherProjectId: "marked" })).includes(
          "marked",
        );
        const otherProjectId = takesOther
          ? (await createProject({ organizationId, name: "a spare", mode: "hybrid", actor: { userId } })).id
          : NO_OBJECTS.otherProjectId;
        const input = make({ ...NO_OBJECTS, organizationId, projectId, otherProjectId });
        const { ok, code } = await perform(member, action, projectId, input);
        const expected = ["forbidden", "not_found", known?.missing];
        expect([action.name, ok || expected.includes(code ?? "")], `${code}`).toEqual([action.name, true]);
        refused.push([action.name, code === "forbidden"]);
      }
    }
    expect(refused).toEqual(refused.map(([name]) => [name, !can(role, ACTIONS[name]?.act ?? "books.view")]));
  });
});
