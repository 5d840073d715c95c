import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseUsd } from "@/lib/core/money";
import type { GatewayAnswer } from "@/lib/gateway/answer";
import { type CachedAnswer, evictOldest, keepCached, purgeCached, readCached } from "@/lib/gateway/cached-answer-store";
import { incomingFromWeb } from "@/lib/gateway/incoming";
import { serve } from "@/lib/gateway/pipeline";
import { MOST_CACHED_BYTES } from "@/lib/gateway/response-cache";
import { drainSettlements } from "@/lib/gateway/settle";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, pool, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { clearCache } from "@/lib/projects/clear-cache";
import { updateProject } from "@/lib/projects/update-project";
import { makeTenant, type Tenant, type TenantOptions } from "@/lib/testing/builders";
import { auditMoney, untilSettled } from "@/lib/testing/gateway";
import { useTestDatabase } from "@/lib/testing/test-database";
import { findRequest } from "@/lib/usage/requests";

const HOUR = 3_600;
const NO_BOUNDS = { answers: 1_000, bytes: 1_000_000 };

let database: ScratchDatabase;
let tenant: Tenant;

beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({ LOG_LEVEL: "silent" });
});
beforeEach(async () => {
  tenant = await cachingTenant();
});
afterAll(async () => {
  await drainSettlements(5_000);
  await closeDatabase();
  await database.drop();
});

async function setCache({ organizationId, projectId, userId }: Tenant, cacheTtlSeconds: number | null): Promise<void> {
  await updateProject({ organizationId, projectId, cacheTtlSeconds, actor: { userId } });
}

async function cachingTenant(options: TenantOptions = {}): Promise<Tenant> {
  const made = await makeTenant({ mode: "credits", ...options });
  await setCache(made, HOUR);
  return made;
}

const answerOf = (text: string): CachedAnswer => ({
  status: 200,
  requestId: "gen_first",
  provider: "simulator",
  model: "echo",
  finishReason: "stop",
  usage: {
    promptTokens: 3,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    completionTokens: 4,
    reasoningTokens: 0,
    estimated: false,
  },
  headers: { "content-type": "application/json" },
  body: Buffer.from(text),
});

async function versionOf({ keyId }: Tenant): Promise<bigint> {
  return (await prisma().apiKey.findUniqueOrThrow({ where: { id: keyId } })).version;
}

async function keep(hash: string, text = "{}", owner = tenant, seconds = HOUR): Promise<void> {
  const key = { id: owner.keyId, version: await versionOf(owner), projectId: owner.projectId };
  await keepCached(key, hash, answerOf(text), seconds);
}

/** The hashes that a project has answers under, oldest first. */
async function hashesOf({ projectId }: Tenant): Promise<string[]> {
  const { rows } = await pool().query<{ request_hash: string }>(
    "SELECT request_hash FROM cached_answer WHERE project_id = $1 ORDER BY created_at, request_hash",
    [projectId],
  );
  return rows.map((row) => row.request_hash);
}

async function age(hash: string, seconds: number): Promise<void> {
  await pool().query(
    `UPDATE cached_answer SET created_at = created_at - make_interval(secs => $3), expires_at = expires_at - make_interval(secs => $3)
     WHERE project_id = $1 AND request_hash = $2`,
    [tenant.projectId, hash, seconds],
  );
}

async function textOf({ body }: GatewayAnswer): Promise<string> {
  if (typeof body === "string") return body;
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function ask(
  changes: Record<string, unknown> = {},
  headers: Record<string, string> = {},
  secret = tenant.secret,
): Promise<GatewayAnswer> {
  return serve(
    incomingFromWeb(
      new Request("http://gateway/v1/chat/completions", {
        method: "POST",
        headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", ...headers },
        body: JSON.stringify({
          model: "simulator/echo",
          messages: [{ role: "user", content: "Hello" }],
          max_tokens: 20,
          ...changes,
        }),
      }),
      "",
    ),
    "chat/completions",
  );
}

async function chat(
  ...asked: Parameters<typeof ask>
): Promise<GatewayAnswer & { text: string; cache: string | undefined }> {
  const answer = await ask(...asked);
  return { ...answer, text: await textOf(answer), cache: answer.headers["x-turnpike-cache"] };
}

describe("the table", () => {
  test("gives back what was kept, to its project alone", async () => {
    const other = await cachingTenant();
    await keep("h", '{"é":1}');
    expect(await readCached(tenant.projectId, "h", HOUR)).toEqual(answerOf('{"é":1}'));
    expect(await readCached(other.projectId, "h", HOUR)).toBeNull();
    expect(await readCached(tenant.projectId, "i", HOUR)).toBeNull();
    await keep("h", "theirs", other);
    expect((await readCached(tenant.projectId, "h", HOUR))?.body.toString()).toBe('{"é":1}');
  });

  test("has one answer for a request: the one that was kept last, for its whole time", async () => {
    await keep("h", "old");
    await age("h", HOUR - 5);
    await keep("h", "new");
    expect((await readCached(tenant.projectId, "h", HOUR))?.body.toString()).toBe("new");
    expect(await hashesOf(tenant)).toEqual(["h"]);
    await age("h", HOUR - 5);
    expect(await readCached(tenant.projectId, "h", HOUR)).not.toBeNull();
  });

  test("gives nothing that is older than the project's time now, nor what was kept for less", async () => {
    await keep("h");
    await age("h", 11);
    expect(await readCached(tenant.projectId, "h", 10)).toBeNull();
    expect(await readCached(tenant.projectId, "h", 12)).not.toBeNull();
    await keep("short", "{}", tenant, 10);
    await age("short", 11);
    expect(await readCached(tenant.projectId, "short", HOUR)).toBeNull();
  });

  test("lets the oldest go where there are too many, or they are too large, and no other project's", async () => {
    const other = await cachingTenant();
    await keep("a", "x".repeat(900), other);
    for (const [index, hash] of ["a", "b", "c", "d"].entries()) {
      await keep(hash, "x".repeat(100));
      await age(hash, 100 - index);
    }
    await evictOldest(tenant.projectId, NO_BOUNDS);
    expect(await hashesOf(tenant)).toEqual(["a", "b", "c", "d"]);
    await evictOldest(tenant.projectId, { ...NO_BOUNDS, answers: 3 });
    expect(await hashesOf(tenant)).toEqual(["b", "c", "d"]);
    await evictOldest(tenant.projectId, { ...NO_BOUNDS, bytes: 299 });
    expect(await hashesOf(tenant)).toEqual(["c", "d"]);
    await evictOldest(tenant.projectId, { ...NO_BOUNDS, bytes: 99 });
    expect(await hashesOf(tenant)).toEqual([]);
    expect(await hashesOf(other)).toEqual(["a"]);
  });

  test("is within its bounds again after any number of keepings at once", async () => {
    const bounds = { answers: 5, bytes: 1_000_000 };
    const hashes = Array.from({ length: 40 }, (_, index) => `h${index % 20}`);
    await Promise.all(
      hashes.map(async (hash) => {
        await keep(hash);
        await evictOldest(tenant.projectId, bounds);
      }),
    );
    expect(await hashesOf(tenant)).toHaveLength(5);
  });

  test("takes no answer that is larger than may be", async () => {
    await keep("h", "x".repeat(MOST_CACHED_BYTES));
    await expect(keep("i", "x".repeat(MOST_CACHED_BYTES + 1))).rejects.toThrow("cached_answer_bounded");
  });

  test("keeps nothing for a key that changed since it was admitted", async () => {
    const key = { id: tenant.keyId, version: await versionOf(tenant), projectId: tenant.projectId };
    await prisma().apiKey.update({ where: { id: tenant.keyId }, data: { version: { increment: 1 } } });
    await keepCached(key, "h", answerOf("{}"), HOUR);
    expect(await hashesOf(tenant)).toEqual([]);
  });

  test("is rid of what is over, a batch at a time, and of nothing else", async () => {
    await pool().query("DELETE FROM cached_answer");
    for (const hash of ["a", "b", "c"]) await keep(hash);
    for (const hash of ["a", "b"]) await age(hash, HOUR + 1);
    expect(await purgeCached(1)).toBe(1);
    expect(await purgeCached(10)).toBe(1);
    expect(await purgeCached(10)).toBe(0);
    expect(await hashesOf(tenant)).toEqual(["c"]);
  });
});

describe("a project's settings", () => {
  test("take 10 seconds to 24 hours, and the database nothing else", async () => {
    for (const seconds of [10, 86_400]) await setCache(tenant, seconds);
    for (const seconds of [9, 86_401, 0, -1])
      await expect(setCache(tenant, seconds)).rejects.toThrow("project_cache_ttl_bounded");
  });

  test("clear the cache, which is in the audit trail, and leave other projects' alone", async () => {
    const other = await cachingTenant();
    await keep("h", "{}", other);
    await keep("h");
    await keep("i");
    const { organizationId, projectId, userId } = tenant;
    const before = await versionOf(tenant);
    expect(await clearCache({ organizationId, projectId, actor: { userId } })).toEqual({ answers: 2 });
    expect(await versionOf(tenant)).toBe(before + 1n);
    expect([await hashesOf(tenant), await hashesOf(other)]).toEqual([[], ["h"]]);
    const events = await prisma().auditEvent.findMany({ where: { organizationId, action: "project.clear_cache" } });
    expect(events).toMatchObject([{ target: `project:${projectId}`, after: { answers: 2 } }]);
  });

  test("forget what was kept where the cache is switched off, and only there", async () => {
    await keep("h");
    await setCache(tenant, 60);
    expect(await hashesOf(tenant)).toEqual(["h"]);
    await setCache(tenant, null);
    expect(await hashesOf(tenant)).toEqual([]);
  });

  test("of somebody else's project cannot be cleared", async () => {
    const other = await cachingTenant();
    await keep("h", "{}", other);
    const attempt = { organizationId: tenant.organizationId, projectId: other.projectId };
    await expect(clearCache({ ...attempt, actor: { userId: tenant.userId } })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(
      clearCache({ ...attempt, organizationId: other.organizationId, actor: { userId: tenant.userId } }),
    ).rejects.toMatchObject({ code: "not_found" });
    expect(await hashesOf(other)).toEqual(["h"]);
  });
});

describe("through the pipeline", () => {
  test.each([false, true])(
    "the same request is answered by the provider once, and charged once (streamed: %s)",
    async (stream) => {
      const body = { stream, ...(stream ? { stream_options: { include_usage: true } } : {}) };
      const first = await chat(body);
      expect([first.status, first.cache]).toEqual([200, "miss"]);
      const second = await chat(body);
      expect([second.status, second.cache, second.headers["x-turnpike-cost"]]).toEqual([200, "hit", "0.00"]);
      expect(second.headers["x-turnpike-billed-to"]).toBe("none");
      expect(second.headers["content-type"]).toBe(first.headers["content-type"]);
      expect(second.headers["cache-control"]).toBe(first.headers["cache-control"]);
      expect(second.headers["x-generation-id"]).not.toBe(first.headers["x-generation-id"]);
      const cost = /"cost":(?!0[,}])[\d.e-]+/;
      expect(first.text).toMatch(cost);
      expect(second.text).toBe(first.text.replace(cost, '"cost":0'));
      await untilSettled();
      await drainSettlements(5_000);
      const { projectId } = tenant;
      const [made, given] = await Promise.all(
        [first, second].map(({ headers }) => findRequest({ projectId, id: String(headers["x-generation-id"]) })),
      );
      expect(made).toMatchObject({ outcome: "settled", billedTo: "credits", cachedFrom: null });
      expect(made?.charged).not.toBe("0.00");
      expect(given).toMatchObject({
        outcome: "settled",
        status: 200,
        streamed: stream,
        provider: made?.provider,
        model: made?.model,
        requestedModel: made?.requestedModel,
        finishReason: made?.finishReason,
        promptTokens: made?.promptTokens,
        completionTokens: made?.completionTokens,
        cachedFrom: made?.id,
        billedTo: "none",
        isByok: false,
        attempts: [],
        hold: "0.00",
        cost: "0.00",
        charged: "0.00",
        operatorLoss: "0.00",
      });
      expect(await auditMoney()).toEqual([]);
    },
  );

  test("nothing is kept or looked for where the cache is off, and no header tells of it", async () => {
    await setCache(tenant, null);
    for (let tries = 0; tries < 2; tries += 1) {
      const answer = await chat();
      expect(answer.status).toBe(200);
      expect(answer.headers).not.toHaveProperty("x-turnpike-cache");
    }
    expect(await hashesOf(tenant)).toEqual([]);
  });

  test("a change of the time acts on the next request, whatever is remembered of the key", async () => {
    expect((await chat()).cache).toBe("miss");
    expect((await chat()).cache).toBe("hit");
    const [hash] = await hashesOf(tenant);
    await age(String(hash), 30);
    await setCache(tenant, 60);
    expect((await chat()).cache).toBe("hit");
    await setCache(tenant, 20);
    expect((await chat()).cache).toBe("miss");
    await setCache(tenant, null);
    expect((await chat()).cache).toBeUndefined();
    await setCache(tenant, 20);
    expect((await chat()).cache).toBe("miss");
    expect((await chat()).cache).toBe("hit");
  });

  test("a request that was under way when the cache was cleared leaves nothing there", async () => {
    const slow = chat({ messages: [{ role: "user", content: "[[delay:1000]] Hello" }] });
    await expect.poll(() => prisma().hold.count({ where: { projectId: tenant.projectId } })).toBe(1);
    const { organizationId, projectId, userId } = tenant;
    await clearCache({ organizationId, projectId, actor: { userId } });
    expect((await slow).status).toBe(200);
    expect(await hashesOf(tenant)).toEqual([]);
  });

  test("an answer that was cut, left, refused or shortened to what was affordable is not kept", async () => {
    const cut = { stream: true, messages: [{ role: "user", content: "[[cut:2]] Hello there" }] };
    expect((await chat(cut)).text).toContain("error");
    const { body } = await ask({ stream: true });
    if (typeof body === "string") throw new Error("it is no stream");
    await body.next();
    await body.return(undefined);
    expect((await chat({ messages: [{ role: "user", content: "[[status:503]]" }] })).status).toBe(502);
    expect((await chat({ model: "no-such-model" })).status).toBe(400);
    const poor = await cachingTenant({ usageLimit: parseUsd("0.00005") });
    const clamped = await chat({ max_tokens: undefined }, {}, poor.secret);
    expect(Number(clamped.headers["x-turnpike-max-tokens"])).toBeGreaterThan(0);
    expect([await hashesOf(tenant), await hashesOf(poor)]).toEqual([[], []]);
  });

  test("an answer whose time has come is passed on even where it cannot be kept, or be looked for", async () => {
    await pool().query("ALTER TABLE cached_answer RENAME TO cached_answer_away");
    try {
      const answers = [await chat(), await chat({ stream: true })];
      expect(answers.map(({ status, cache }) => [status, cache])).toEqual([
        [200, "miss"],
        [200, "miss"],
      ]);
      expect(answers[1]?.text).toContain("[DONE]");
    } finally {
      await pool().query("ALTER TABLE cached_answer_away RENAME TO cached_answer");
    }
  });

  test("many at once that are not kept yet are all served, and one answer stays", async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => chat()));
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(await hashesOf(tenant)).toHaveLength(1);
    expect((await chat()).cache).toBe("hit");
  });

  test("an Idempotency-Key comes first: its replay is no hit, and a hit is what it replays", async () => {
    const key = { "idempotency-key": "k" };
    expect((await chat()).cache).toBe("miss");
    const hit = await chat({}, key);
    expect(hit.cache).toBe("hit");
    const again = await chat({}, key);
    expect(again.text).toBe(hit.text);
    expect(again.headers).toMatchObject({
      "idempotent-replayed": "true",
      "x-generation-id": hit.headers["x-generation-id"],
    });
    expect(again.cache).toBeUndefined();
    const streamed = { stream: true };
    await chat(streamed);
    const stream = await chat(streamed, { "idempotency-key": "s" });
    expect(stream.cache).toBe("hit");
    const replayed = await chat(streamed, { "idempotency-key": "s" });
    expect([replayed.headers["idempotent-replayed"], replayed.text]).toEqual(["true", stream.text]);
  });
});
