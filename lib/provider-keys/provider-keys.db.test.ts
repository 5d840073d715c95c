import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Actor } from "@/lib/audit/actor";
import { GatewayError } from "@/lib/core/errors";
import { checkProviderKey, checkSavedProviderKey } from "@/lib/gateway/check-provider-key";
import { signUp } from "@/lib/identity/sign-up";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { open } from "@/lib/infra/secrets";
import { createKey } from "@/lib/keys/create-key";
import { createProject } from "@/lib/projects/create-project";
import { addProviderKey, type NewProviderKey } from "@/lib/provider-keys/add-provider-key";
import { listProviderKeys } from "@/lib/provider-keys/list-provider-keys";
import { noteRefusal, writeRefusals } from "@/lib/provider-keys/refusals";
import { removeProviderKey } from "@/lib/provider-keys/remove-provider-key";
import { updateProviderKey } from "@/lib/provider-keys/update-provider-key";
import type { ProviderId } from "@/lib/providers/provider";
import { useTestDatabase } from "@/lib/testing/test-database";
import { startUpstream, type TestUpstream } from "@/lib/testing/upstream";

const secret = "sk-test-0123456789abcdefghij";

let database: ScratchDatabase;
let ours: { organizationId: string; projectId: string; actor: Actor };
let theirs: { organizationId: string; projectId: string; actor: Actor };

async function tenant(email: string) {
  const { userId, organizationId, projectId } = await signUp({ email, password: "correct horse battery" });
  return { organizationId, projectId, actor: { userId } };
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

const add = (changes: Partial<NewProviderKey> = {}) =>
  addProviderKey({ ...ours, provider: "openai", key: secret, ...changes });

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

test("a provider key is sealed; afterwards only its last four characters show", async () => {
  const view = await add({ name: "main" });
  expect(view).toMatchObject({
    provider: "openai",
    name: "main",
    lastFour: "ghij",
    baseUrl: null,
    scope: "project",
    priority: 100,
  });
  const row = await prisma().providerKey.findUniqueOrThrow({ where: { id: view.id } });
  expect(open(row.sealed)).toBe(secret);
  expect(JSON.stringify({ ...row, sealed: undefined })).not.toContain(secret);
  expect(row.sealed).not.toContain(secret);
  const events = await prisma().auditEvent.findMany({
    where: { organizationId: ours.organizationId, action: "provider_key.add" },
  });
  expect(JSON.stringify(events.map(({ after }) => after))).not.toContain(secret.slice(0, 12));
});

test("adding and removing one moves on the version of every key of the project, and of no other", async () => {
  const key = (tenantOf: typeof ours) =>
    createKey({
      ...tenantOf,
      name: "CI",
      environment: "live",
      expiresAt: null,
      usageLimit: null,
      usageLimitReset: "none",
    });
  const [mine, other] = [await key(ours), await key(theirs)];
  const versions = async () =>
    (
      await prisma().apiKey.findMany({
        where: { id: { in: [mine.key.id, other.key.id] } },
        orderBy: { createdAt: "asc" },
      })
    ).map(({ version }) => version);
  const view = await add();
  expect(await versions()).toEqual([2n, 1n]);
  await removeProviderKey({ ...ours, providerKeyId: view.id });
  expect(await versions()).toEqual([3n, 1n]);
  expect((await listProviderKeys(ours.projectId)).map(({ id }) => id)).not.toContain(view.id);
});

test("a project lists its own and its organisation's, lower priority first, and nobody else's", async () => {
  const second = await add({ priority: 200 });
  const first = await add({ priority: 1 });
  const shared = await add({ priority: 150 });
  await prisma().providerKey.update({ where: { id: shared.id }, data: { projectId: null } });
  await addProviderKey({ ...theirs, provider: "openai", key: secret });
  const ids = (await listProviderKeys(ours.projectId)).map(({ id }) => id);
  expect(ids.filter((id) => [first.id, second.id, shared.id].includes(id))).toEqual([first.id, shared.id, second.id]);
  expect(await listProviderKeys(theirs.projectId)).toHaveLength(1);
  expect((await listProviderKeys(ours.projectId)).find(({ id }) => id === shared.id)?.scope).toBe("organization");
  // What serves the whole organisation is not removed from inside one project.
  expect(await codeOf(removeProviderKey({ ...ours, providerKeyId: shared.id }))).toBe("not_found");
});

describe("asking a provider whether it takes a key", () => {
  let upstream: TestUpstream;
  const says = (status: number, message: string) => ({ status, body: JSON.stringify({ error: { message } }) });
  beforeAll(async () => {
    upstream = await startUpstream();
    setEnvironment({ ALLOW_PRIVATE_UPSTREAMS: "true" });
  });
  afterAll(async () => {
    setEnvironment({ ALLOW_PRIVATE_UPSTREAMS: undefined });
    await upstream.close();
  });
  const check = (provider: ProviderId = "openai") => checkProviderKey({ provider, key: secret, baseUrl: upstream.url });

  test("costs nothing: a chat without model or messages is sent, with the key", async () => {
    upstream.respond = () => says(400, "you must provide a model parameter");
    expect(await check()).toEqual({ outcome: "accepted", said: "" });
    expect(await check("anthropic")).toEqual({ outcome: "accepted", said: "" });
    const [chat, message] = upstream.calls;
    expect(chat).toMatchObject({
      path: "/v1/chat/completions",
      body: "{}",
      headers: { authorization: `Bearer ${secret}` },
    });
    expect(message).toMatchObject({ path: "/v1/messages", body: "{}", headers: { "x-api-key": secret } });
  });

  test.each([
    [401, "refused"],
    [403, "refused"],
    [402, "accepted"],
    [422, "accepted"],
    [429, "accepted"],
    [404, "unclear"],
    [302, "unclear"],
    [503, "unclear"],
  ])("an answer of %i means %s, and the key is not repeated", async (status, outcome) => {
    upstream.respond = () => says(status, `about ${secret}`);
    const found = await check();
    expect(found.outcome).toBe(outcome);
    expect(found.said).not.toContain(secret);
  });

  test("a server that nobody reaches, or may reach, says nothing about the key", async () => {
    const unheard = await checkProviderKey({ provider: "openai", key: secret, baseUrl: "http://127.0.0.1:9/v1" });
    expect(unheard).toMatchObject({ outcome: "unclear", said: "OpenAI could not be reached from this server." });
    setEnvironment({ ALLOW_PRIVATE_UPSTREAMS: undefined });
    const calls = upstream.calls.length;
    expect((await check()).said).toContain("private address");
    expect(upstream.calls).toHaveLength(calls);
    setEnvironment({ ALLOW_PRIVATE_UPSTREAMS: "true" });
  });

  test("of a kept key is kept beside it until the provider takes it again, and is not for others", async () => {
    const { id: providerKeyId } = await add({ baseUrl: upstream.url });
    const lastError = async () =>
      (await listProviderKeys(ours.projectId)).find(({ id }) => id === providerKeyId)?.lastError;
    upstream.respond = () => says(401, "This key was revoked.");
    await checkSavedProviderKey({ ...ours, providerKeyId });
    expect(await lastError()).toContain("This key was revoked.");
    upstream.respond = () => says(503, "later");
    await checkSavedProviderKey({ ...ours, providerKeyId });
    expect(await lastError()).toContain("This key was revoked.");
    upstream.respond = () => says(400, "no model");
    await checkSavedProviderKey({ ...ours, providerKeyId });
    expect(await lastError()).toBeNull();
    const calls = upstream.calls.length;
    expect(await codeOf(checkSavedProviderKey({ ...theirs, providerKeyId }))).toBe("not_found");
    expect(await codeOf(checkSavedProviderKey({ ...ours, actor: theirs.actor, providerKeyId }))).toBe("not_found");
    expect(upstream.calls).toHaveLength(calls);
  });
});

test("another organisation's provider key is answered as one that is not there", async () => {
  const view = await add();
  expect(await codeOf(removeProviderKey({ ...theirs, providerKeyId: view.id }))).toBe("not_found");
  expect(await codeOf(removeProviderKey({ ...ours, actor: theirs.actor, providerKeyId: view.id }))).toBe("not_found");
  expect(await codeOf(add({ projectId: theirs.projectId }))).toBe("not_found");
  expect(await prisma().providerKey.count({ where: { id: view.id } })).toBe(1);
});

test("a base URL on a private network is refused, unless the operator allows it", async () => {
  for (const baseUrl of [
    "http://127.0.0.1:8080/v1",
    "http://localhost/v1",
    "http://[::1]/v1",
    "http://169.254.169.254",
    "http://2130706433/",
  ]) {
    expect(await codeOf(add({ baseUrl })), baseUrl).toBe("invalid_fields");
  }
  setEnvironment({ ALLOW_PRIVATE_UPSTREAMS: "true" });
  expect((await add({ baseUrl: "http://127.0.0.1:8080/v1" })).baseUrl).toBe("http://127.0.0.1:8080/v1");
  setEnvironment({ ALLOW_PRIVATE_UPSTREAMS: undefined });
});

test("a provider is not added without the address or the key that it cannot do without", async () => {
  const baseUrl = "https://8.8.8.8/v1";
  for (const provider of ["azure", "ollama", "vllm", "custom"] as const) {
    expect(await codeOf(add({ provider })), provider).toBe("invalid_fields");
    expect((await add({ provider, baseUrl })).baseUrl, provider).toBe(baseUrl);
  }
  for (const provider of ["azure", "mistral"] as const)
    expect(await codeOf(add({ provider, baseUrl, key: "" })), provider).toBe("invalid_fields");
  const keyless = await add({ provider: "vllm", baseUrl, key: "" });
  expect(keyless.lastFour).toBe("");
  const row = await prisma().providerKey.findUniqueOrThrow({ where: { id: keyless.id } });
  expect(open(row.sealed)).toBe("");
});

test("a stored key is sent to another address only by who enters it once more, or by the operator", async () => {
  const { id: providerKeyId } = await add({ provider: "openai" });
  const baseUrl = "https://8.8.8.8/v1";
  const moved = { ...ours, providerKeyId, changes: { baseUrl } };
  expect(await codeOf(updateProviderKey(moved))).toBe("invalid_fields");
  expect((await prisma().providerKey.findUniqueOrThrow({ where: { id: providerKeyId } })).baseUrl).toBeNull();
  expect((await updateProviderKey({ ...moved, changes: { baseUrl, key: secret } })).baseUrl).toBe(baseUrl);
  // The same address is no move.
  expect((await updateProviderKey({ ...moved, changes: { baseUrl, name: "main" } })).name).toBe("main");
  const byOperator = { ...moved, changes: { baseUrl: "https://8.8.4.4/v1" }, actor: { master: true } as const };
  expect((await updateProviderKey(byOperator)).baseUrl).toBe("https://8.8.4.4/v1");
});

test("the simulator takes no keys", async () => {
  expect(await codeOf(add({ provider: "simulator" }))).toBe("invalid_fields");
});

test("one for the whole organisation serves every project of it, and moves on the version of every key there", async () => {
  const second = await createProject({
    organizationId: ours.organizationId,
    name: "Second",
    mode: "hybrid",
    actor: ours.actor,
  });
  const key = (of: { organizationId: string; projectId: string; actor: Actor }) =>
    createKey({ ...of, name: "CI", environment: "live", expiresAt: null, usageLimit: null, usageLimitReset: "none" });
  const keys = [await key(ours), await key({ ...ours, projectId: second.id }), await key(theirs)];
  const versions = async () => {
    const rows = await prisma().apiKey.findMany({ where: { id: { in: keys.map(({ key: { id } }) => id) } } });
    return keys.map((made) => rows.find(({ id }) => id === made.key.id)?.version);
  };
  const shared = await add({ projectId: null, name: "everywhere" });
  expect(shared).toMatchObject({ scope: "organization", projectId: null });
  expect(await versions()).toEqual([2n, 2n, 1n]);
  for (const projectId of [ours.projectId, second.id])
    expect((await listProviderKeys(projectId)).map(({ id }) => id)).toContain(shared.id);
  expect((await listProviderKeys(theirs.projectId)).map(({ id }) => id)).not.toContain(shared.id);

  const change = { ...ours, providerKeyId: shared.id, changes: { isActive: false } };
  expect(await codeOf(updateProviderKey(change))).toBe("not_found");
  expect(await codeOf(updateProviderKey({ ...change, ...theirs, projectId: null }))).toBe("not_found");
  expect(await updateProviderKey({ ...change, projectId: null })).toMatchObject({
    isActive: false,
    name: "everywhere",
  });
  expect(await versions()).toEqual([3n, 3n, 1n]);
  expect(await codeOf(removeProviderKey({ ...theirs, projectId: null, providerKeyId: shared.id }))).toBe("not_found");
  await removeProviderKey({ ...ours, projectId: null, providerKeyId: shared.id });
  expect(await versions()).toEqual([4n, 4n, 1n]);
  expect((await listProviderKeys(second.id)).map(({ id }) => id)).not.toContain(shared.id);
});

test("what a provider said when it refused a key stands with the key: the latest words, until it has a new secret", async () => {
  const view = await add();
  const seen = async () => (await listProviderKeys(ours.projectId)).find(({ id }) => id === view.id);
  noteRefusal(view.id, "first");
  noteRefusal(view.id, `Your account is empty. ${"x".repeat(300)}`, new Date("2026-11-21T12:00:00Z"));
  noteRefusal("pvk_gone", "nobody reads this");
  await writeRefusals();
  expect(await seen()).toMatchObject({ lastErrorAt: "2026-11-21T12:00:00.000Z" });
  expect((await seen())?.lastError).toMatch(/^Your account is empty\. x{100,}$/);
  noteRefusal(view.id, "an older one", new Date("2026-11-21T11:00:00Z"));
  await writeRefusals();
  expect((await seen())?.lastError).toMatch(/^Your account/);
  await updateProviderKey({ ...ours, providerKeyId: view.id, changes: { key: `${secret}2` } });
  expect(await seen()).toMatchObject({ lastError: null, lastErrorAt: null });
});
