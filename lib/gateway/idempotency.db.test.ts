import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { newId } from "@/lib/core/ids";
import type { GatewayAnswer } from "@/lib/gateway/answer";
import { IdempotentRequest, MOST_KEPT_BYTES } from "@/lib/gateway/idempotency";
import { claimKey, extendClaims, keepAnswer, purgeExpired, readKept } from "@/lib/gateway/idempotent-answer-store";
import { incomingFromWeb } from "@/lib/gateway/incoming";
import { serve } from "@/lib/gateway/pipeline";
import { drainSettlements } from "@/lib/gateway/settle";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { sweepExpiredHolds } from "@/lib/gateway/sweep";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { admissionOf, admitOne, makeCaller, meterOf, releaseOf } from "@/lib/testing/admissions";
import { makeTenant } from "@/lib/testing/builders";
import { auditMoney, receiptsOf, untilSettled } from "@/lib/testing/gateway";
import { useTestDatabase } from "@/lib/testing/test-database";

const CHATS = "chat/completions";
const BODY = '{"model":"gpt-4o-mini"}';
const DAY_SECONDS = 86_400;

let database: ScratchDatabase;
/** Of an API key that nobody else has. */
let apiKeyId: string;

beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({ LOG_LEVEL: "silent" });
});
beforeEach(() => {
  apiKeyId = newId("key");
});
afterAll(async () => {
  await drainSettlements(5_000);
  await closeDatabase();
  await database.drop();
});

function requestWith(key: string): IdempotentRequest {
  return new IdempotentRequest(key, newId("gen"));
}

const whole = (body: string, status = 200): GatewayAnswer => ({
  status,
  headers: {
    "content-type": "application/json",
    "x-request-id": "gen_first",
    "x-generation-id": "gen_first",
    "x-turnpike-cost": "0.01",
    "x-turnpike-billed-to": "credits",
    "x-ratelimit-remaining-requests": "3",
    "x-turnpike-max-tokens": "16",
  },
  body,
});

function streamOf(parts: readonly string[], before: (index: number) => void = () => {}): GatewayAnswer {
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const [index, part] of parts.entries()) {
      before(index);
      yield Buffer.from(part);
    }
  }
  return { status: 200, headers: { "content-type": "text/event-stream; charset=utf-8" }, body: body() };
}

async function textOf(answer: GatewayAnswer | null): Promise<string> {
  if (answer === null) throw new Error("there is no answer");
  if (typeof answer.body === "string") return answer.body;
  const parts: Uint8Array[] = [];
  for await (const part of answer.body) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

/** What a request with this key is told: that it is served, an error's code, or the answer from before. */
async function claimed(key: string, body = BODY, endpoint = CHATS, owner = apiKeyId): Promise<string> {
  try {
    const answer = await requestWith(key).claim(owner, endpoint, body);
    return answer === null ? "served" : `replayed ${await textOf(answer)}`;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

async function expireAll(): Promise<void> {
  await pool().query(
    "UPDATE idempotent_answer SET expires_at = clock_timestamp() - interval '1 second' WHERE api_key_id = $1",
    [apiKeyId],
  );
}

async function secondsLeft(key: string): Promise<number> {
  const { rows } = await pool().query<{ seconds: number }>(
    "SELECT extract(epoch FROM expires_at - clock_timestamp())::float8 AS seconds FROM idempotent_answer WHERE api_key_id = $1 AND key = $2",
    [apiKeyId, key],
  );
  return rows[0]?.seconds ?? Number.NaN;
}

describe("of requests with the same key", () => {
  test("at once, on two instances, exactly one is served, and the others are told that it is running", async () => {
    vi.resetModules();
    const other = await import("@/lib/gateway/idempotency");
    const otherDatabase = await import("@/lib/infra/db");
    for (let round = 0; round < 10; round += 1) {
      const asked = Array.from({ length: 12 }, (_, index) => {
        const Request = index % 2 === 0 ? IdempotentRequest : other.IdempotentRequest;
        return new Request(`k-${round}`, newId("gen")).claim(apiKeyId, CHATS, BODY).then(
          (answer) => (answer === null ? "served" : "replayed"),
          (error: { code?: string }) => error.code,
        );
      });
      const verdicts = (await Promise.all(asked)).sort();
      expect(verdicts).toEqual([...Array.from({ length: 11 }, () => "idempotency_in_progress"), "served"]);
    }
    await otherDatabase.closeDatabase();
  });

  test("the second has the first one's answer, without what told of its charge and its minute", async () => {
    const first = new IdempotentRequest("k", "gen_first");
    expect(await first.claim(apiKeyId, CHATS, BODY)).toBeNull();
    expect(await first.claim(apiKeyId, CHATS, BODY)).toBeNull();
    const answer = whole('{"žluť":"\u{1F40E}"}');
    expect(await first.keep(answer)).toBe(answer);
    const second = await requestWith("k").claim(apiKeyId, CHATS, BODY);
    expect(second).toEqual({
      status: 200,
      headers: {
        "content-type": "application/json",
        "x-request-id": "gen_first",
        "x-generation-id": "gen_first",
        "x-turnpike-max-tokens": "16",
        "cache-control": "private, no-store",
        vary: "Authorization, X-API-Key, X-AnyLLM-Key",
        "idempotent-replayed": "true",
      },
      body: '{"žluť":"\u{1F40E}"}',
    });
    const left = await secondsLeft("k");
    expect(left).toBeGreaterThan(DAY_SECONDS - 60);
    expect(left).toBeLessThanOrEqual(DAY_SECONDS);
  });

  test("another body or endpoint is a mismatch, while the first is running and after", async () => {
    const first = requestWith("k");
    await first.claim(apiKeyId, CHATS, BODY);
    for (const state of ["idempotency_in_progress", "replayed {}"]) {
      expect(await claimed("k", `${BODY} `)).toBe("idempotency_mismatch");
      expect(await claimed("k", BODY, "messages")).toBe("idempotency_mismatch");
      expect(await claimed("k")).toBe(state);
      await first.keep(whole("{}"));
    }
  });

  test("those of another API key are no concern", async () => {
    expect(await claimed("k")).toBe("served");
    expect(await claimed("k", BODY, CHATS, newId("key"))).toBe("served");
  });

  test("after a day the next one is served, whatever it says", async () => {
    const first = requestWith("k");
    await first.claim(apiKeyId, CHATS, BODY);
    await first.keep(whole("{}"));
    await expireAll();
    expect(await claimed("k", "{}")).toBe("served");
    expect(await claimed("k", "{}")).toBe("idempotency_in_progress");
  });
});

describe("a key is free again", () => {
  test("after a refusal, thrown or answered", async () => {
    const refused = requestWith("k");
    await refused.claim(apiKeyId, CHATS, BODY);
    await refused.free();
    const failed = requestWith("k");
    expect(await failed.claim(apiKeyId, CHATS, BODY)).toBeNull();
    await failed.keep(whole("{}", 502));
    expect(await claimed("k", "{}")).toBe("served");
  });

  test("after an answer that is too large to keep, whole or streamed, which is passed on nonetheless", async () => {
    const large = "x".repeat(MOST_KEPT_BYTES + 1);
    const first = requestWith("k");
    await first.claim(apiKeyId, CHATS, BODY);
    expect((await first.keep(whole(large))).body).toBe(large);
    const second = requestWith("k");
    expect(await second.claim(apiKeyId, CHATS, BODY)).toBeNull();
    const parts = ["a", large, "b"];
    const stream = await second.keep(streamOf(parts, (index) => index === 2 && second.streamEnded(true)));
    expect((await textOf(stream)) === parts.join("")).toBe(true);
    expect(await claimed("k")).toBe("served");
  });

  test("after the largest that is kept it is not", async () => {
    const first = requestWith("k");
    await first.claim(apiKeyId, CHATS, BODY);
    await first.keep(whole("x".repeat(MOST_KEPT_BYTES)));
    expect((await claimed("k")).length).toBe(MOST_KEPT_BYTES + "replayed ".length);
  });

  test("after a crash, once nothing is held any more and the claim's time is over; not before", async () => {
    const caller = await makeCaller();
    apiKeyId = caller.keyId;
    const admission = admissionOf(caller, [{ meterId: meterOf(caller, "spend"), amount: 100n }], { holdSeconds: -1 });
    const dead = new IdempotentRequest("k", admission.requestId);
    await dead.claim(apiKeyId, CHATS, BODY);
    expect((await admitOne(admission)).kind).toBe("admitted");
    expect(await claimed("k")).toBe("idempotency_in_progress");
    await expireAll();
    expect(await claimed("k")).toBe("idempotency_in_progress");
    expect(await purgeExpired(10)).toBe(0);
    await sweepExpiredHolds(0);
    expect(await claimed("k")).toBe("served");
    expect(await claimed("k")).toBe("idempotency_in_progress");
    // It was not dead after all: what it brings now is no longer asked for, and the other's claim stands.
    await dead.keep(whole("late"));
    await dead.free();
    expect(await claimed("k")).toBe("idempotency_in_progress");
  });

  test("after a crash before admission, too, when the claim's time is over", async () => {
    await requestWith("k").claim(apiKeyId, CHATS, BODY);
    const left = await secondsLeft("k");
    expect(left).toBeGreaterThan(60);
    // The deadline is kept to the millisecond, the rest is counted finer.
    expect(left).toBeLessThan(120.01);
    expect(await claimed("k")).toBe("idempotency_in_progress");
    await expireAll();
    expect(await claimed("k")).toBe("served");
  });
});

describe("a stream", () => {
  const PARTS = ["data: 1\n\n", "data: ž\n\n", "data: [DONE]\n\n"];

  test("passes as it comes, and is kept byte for byte before its end is passed on", async () => {
    const first = requestWith("k");
    await first.claim(apiKeyId, CHATS, BODY);
    const seen: number[] = [];
    const { body } = await first.keep(
      streamOf(PARTS, (index) => {
        seen.push(index);
        if (index === 2) first.streamEnded(true);
      }),
    );
    if (typeof body === "string") throw new Error("it is no stream any more");
    const next = async () => Buffer.from((await body.next()).value ?? []).toString();
    expect(await next()).toBe(PARTS[0]);
    expect(seen).toEqual([0]);
    expect(await next()).toBe(PARTS[1]);
    expect(seen).toEqual([0, 1]);
    expect(await claimed("k")).toBe("idempotency_in_progress");
    expect(await next()).toBe(PARTS[2]);
    expect(await claimed("k")).toBe(`replayed ${PARTS.join("")}`);
    expect((await body.next()).done).toBe(true);
    const again = await requestWith("k").claim(apiKeyId, CHATS, BODY);
    expect(again?.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    expect(typeof again?.body).toBe("object");
  });

  test("that was cut is not kept: the key is free before its end is passed on", async () => {
    const first = requestWith("k");
    await first.claim(apiKeyId, CHATS, BODY);
    const stream = await first.keep(streamOf(PARTS, (index) => index === 1 && first.streamEnded(false)));
    if (typeof stream.body === "string") throw new Error("it is no stream any more");
    await stream.body.next();
    await stream.body.next();
    expect(await claimed("k")).toBe("served");
    expect(await textOf(stream)).toBe(PARTS[2]);
  });

  test("that its caller left is not kept", async () => {
    const first = requestWith("k");
    await first.claim(apiKeyId, CHATS, BODY);
    const { body } = await first.keep(streamOf(PARTS));
    if (typeof body === "string") throw new Error("it is no stream any more");
    await body.next();
    await body.return(undefined);
    expect(await claimed("k")).toBe("served");
  });
});

describe("the table", () => {
  test("is rid of what is older than a day, and of claims that nobody holds, and of nothing else", async () => {
    await pool().query("DELETE FROM idempotent_answer");
    const caller = await makeCaller();
    const admission = admissionOf(caller, [{ meterId: meterOf(caller, "spend"), amount: 100n }]);
    expect((await admitOne(admission)).kind).toBe("admitted");
    const claims = ["old answer", "left claim", "held claim", "answer", "claim"].map((key) => ({
      apiKeyId,
      key,
      requestId: key === "held claim" ? admission.requestId : newId("gen"),
    }));
    for (const claim of claims) expect(await claimKey(claim, "hash", 60)).toBe(true);
    const answer = { status: 200, headers: {}, body: Buffer.from("{}") };
    for (const claim of claims) if (claim.key.endsWith("answer")) await keepAnswer(claim, answer, 60);
    await pool().query(
      "UPDATE idempotent_answer SET expires_at = clock_timestamp() - interval '1 second' WHERE key = ANY ($1)",
      [["old answer", "left claim", "held claim"]],
    );
    expect(await purgeExpired(1)).toBe(1);
    expect(await purgeExpired(10)).toBe(1);
    expect(await purgeExpired(10)).toBe(0);
    const left = await Promise.all(claims.map(async ({ key }) => ((await readKept(apiKeyId, key)) ? key : null)));
    expect(left.filter((key) => key !== null)).toEqual(["held claim", "answer", "claim"]);
    await settleBatch([releaseOf(admission)]);
    expect(await purgeExpired(10)).toBe(1);
  });

  test("moves the claims of running requests along, and leaves answers at their day", async () => {
    const [running, kept] = [newId("gen"), newId("gen")];
    await claimKey({ apiKeyId, key: "running", requestId: running }, "hash", 5);
    await claimKey({ apiKeyId, key: "kept", requestId: kept }, "hash", 5);
    await keepAnswer(
      { apiKeyId, key: "kept", requestId: kept },
      { status: 200, headers: {}, body: Buffer.from("") },
      50,
    );
    await extendClaims([running, kept], 120);
    expect(await secondsLeft("running")).toBeGreaterThan(100);
    expect(await secondsLeft("kept")).toBeLessThanOrEqual(50);
  });
});

describe("through the pipeline", () => {
  const chat = (secret: string, key: string, changes: Record<string, unknown> = {}) =>
    serve(
      incomingFromWeb(
        new Request("http://gateway/v1/chat/completions", {
          method: "POST",
          headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", "idempotency-key": key },
          body: JSON.stringify({
            model: "simulator/echo",
            messages: [{ role: "user", content: "Hello" }],
            max_tokens: 20,
            ...changes,
          }),
        }),
        "",
      ),
      CHATS,
    );

  test.each([false, true])("the same request is charged once (streamed: %s)", async (stream) => {
    const tenant = await makeTenant({ mode: "credits" });
    const first = await chat(tenant.secret, "k", { stream });
    const text = await textOf(first);
    expect(first).toMatchObject({ status: 200 });
    expect(first.headers).not.toHaveProperty("idempotent-replayed");
    const second = await chat(tenant.secret, "k", { stream });
    expect(await textOf(second)).toBe(text);
    expect(second.headers).toMatchObject({
      "idempotent-replayed": "true",
      "x-request-id": first.headers["x-request-id"],
      "x-generation-id": first.headers["x-request-id"],
      "content-type": first.headers["content-type"],
    });
    const other = await chat(tenant.secret, "k", { stream, max_tokens: 21 });
    expect([other.status, await textOf(other)]).toEqual([422, expect.stringContaining("idempotency_mismatch")]);
    await untilSettled();
    await drainSettlements(5_000);
    const receipts = await receiptsOf(tenant.keyId);
    expect(receipts.map(({ outcome, error_code }) => [outcome, error_code])).toEqual([
      ["settled", null],
      ["refused", "idempotency_mismatch"],
    ]);
    expect(receipts[0]?.charged).toBeGreaterThan(0n);
    expect(await auditMoney()).toEqual([]);
  });

  test("two at once are one answer and one 409, and the answer is there for the next", async () => {
    const tenant = await makeTenant({ mode: "credits" });
    const body = { messages: [{ role: "user", content: "[[delay:300]] Hello" }] };
    const both = await Promise.all([chat(tenant.secret, "k", body), chat(tenant.secret, "k", body)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(both.find(({ status }) => status === 409)?.headers["retry-after"]).toBe("1");
    const third = await chat(tenant.secret, "k", body);
    expect(await textOf(third)).toBe(await textOf(both.find(({ status }) => status === 200) ?? null));
  });

  test("a provider's failure, and a refusal before admission, leave the key free", async () => {
    const tenant = await makeTenant({ mode: "credits" });
    const failing = { messages: [{ role: "user", content: "[[status:503]]" }] };
    expect((await chat(tenant.secret, "k", failing)).status).toBe(502);
    expect((await chat(tenant.secret, "k", { model: "no-such-model" })).status).toBe(400);
    expect((await chat(tenant.secret, "k")).status).toBe(200);
    expect((await chat(tenant.secret, "k".repeat(256))).status).toBe(400);
  });

  test("a key that was disabled a moment ago has no kept answer either", async () => {
    const tenant = await makeTenant({ mode: "credits" });
    expect((await chat(tenant.secret, "k")).status).toBe(200);
    expect((await chat(tenant.secret, "k")).headers["idempotent-replayed"]).toBe("true");
    const { organizationId, keyId, userId } = tenant;
    await setKeyStatus({ organizationId, keyId, status: "inactive", actor: { userId } });
    expect((await chat(tenant.secret, "k")).status).toBe(401);
  });
});
