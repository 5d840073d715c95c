import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import { costOf } from "@/lib/catalog/price";
import { isRecord } from "@/lib/core/is-record";
import { pool } from "@/lib/infra/db";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import { type Answer, ask, auditMoney, DOORS, receiptOf, untilSettled } from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import {
  framedAs,
  hasNamedEvents,
  hasRecordings,
  RECORDINGS,
  type Recording,
  recording,
  recordings,
} from "@/lib/testing/recordings";
import type { RunningServer } from "@/lib/testing/server";

/** How a recording's kind is asked for. A provider's own name for the model is never the caller's. */
const ASKED = {
  chat: {
    path: "/v1/chat/completions",
    provider: "openai",
    model: "gpt-4o-mini",
    fields: { messages: [{ role: "user", content: "Hello" }], max_tokens: 2_000 },
  },
  completions: {
    path: "/v1/completions",
    provider: "openai",
    model: "gpt-4o-mini",
    fields: { prompt: "Hello", max_tokens: 2_000 },
  },
  embeddings: {
    path: "/v1/embeddings",
    provider: "openai",
    model: "text-embedding-3-small",
    fields: { input: ["sunny day at the beach", "rainy day in the city"] },
  },
  messages: {
    path: "/v1/messages",
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    fields: { messages: [{ role: "user", content: "Hello" }], max_tokens: 2_000 },
  },
  responses: {
    path: "/v1/responses",
    provider: "openai",
    model: "gpt-4o-mini",
    fields: { input: "Hello", max_output_tokens: 2_000 },
  },
} as const;
type Asked = keyof typeof ASKED;

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (isRecord(value) ? value : {});
const parsed = (part: string): Fields => fieldsOf(JSON.parse(part));

const ALL = recordings().map(recording);

function replayed(wanted: (recorded: Recording & { kind: Asked }) => boolean): [string, Recording & { kind: Asked }][] {
  return ALL.flatMap((recorded) => {
    const { kind } = recorded;
    const isFailure = recorded.parts.some((part) => parsed(part).type === "response.failed");
    if (kind === "error" || isFailure) return [];
    const one = { ...recorded, kind };
    return wanted(one) ? [[`${kind}: ${recorded.file}`, one]] : [];
  });
}

/** The caller's name for the model in place of the provider's, which is the first of that name in every recording. */
function named(part: string, model: string): string {
  return part.replace(/("model":\s*)"[^"]*"/, `$1"${model}"`);
}

/** The chunk that tells the usage and nothing else; callers get one of ours, which tells the cost too. */
function isUsageChunk(part: string): boolean {
  const { choices, usage } = parsed(part);
  return Array.isArray(choices) && choices.length === 0 && typeof usage === "object" && usage !== null;
}

/** What a recording reports at last; each count of Anthropic's is the last that was said. Null: nothing. */
function reportedUsage({ parts }: Recording): Fields | null {
  const said = parts.flatMap((part) => {
    const { usage, message, response } = parsed(part);
    return [fieldsOf(message).usage, fieldsOf(response).usage, usage]
      .filter((one) => typeof one === "object" && one !== null)
      .map(fieldsOf);
  });
  return said.length === 0 ? null : Object.assign({}, ...said);
}

const number = (value: unknown): number => (typeof value === "number" ? value : 0);

/** The receipt's columns that a report stands for. Beside the prompt, the total holds the answer, its reasoning included. */
function expectedTokens(kind: Asked, usage: Fields): Record<string, number> {
  if (kind === "responses") {
    const details = fieldsOf(usage.input_tokens_details);
    return {
      prompt_tokens: number(usage.input_tokens),
      completion_tokens: number(usage.output_tokens),
      cached_tokens: number(details.cached_tokens),
      cache_write_tokens: number(details.cache_write_tokens),
      reasoning_tokens: number(fieldsOf(usage.output_tokens_details).reasoning_tokens),
    };
  }
  if (kind !== "messages") {
    const prompt = number(usage.prompt_tokens);
    return {
      prompt_tokens: prompt,
      completion_tokens: number(usage.total_tokens) - prompt,
      cached_tokens: number(fieldsOf(usage.prompt_tokens_details).cached_tokens),
      cache_write_tokens: 0,
      reasoning_tokens: number(fieldsOf(usage.completion_tokens_details).reasoning_tokens),
    };
  }
  const cached = number(usage.cache_read_input_tokens);
  const written = number(usage.cache_creation_input_tokens);
  return {
    prompt_tokens: number(usage.input_tokens) + cached + written,
    completion_tokens: number(usage.output_tokens),
    cached_tokens: cached,
    cache_write_tokens: written,
    reasoning_tokens: number(fieldsOf(usage.output_tokens_details).thinking_tokens),
  };
}

interface Tokens {
  prompt_tokens: bigint;
  completion_tokens: bigint;
  cached_tokens: bigint;
  cache_write_tokens: bigint;
  reasoning_tokens: bigint;
}

async function tokensOf(requestId: string | null): Promise<Record<keyof Tokens, number>> {
  const { rows } = await pool().query<Tokens>(
    "SELECT prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens FROM request WHERE id = $1",
    [requestId],
  );
  const [row] = rows;
  if (!row) throw new Error(`no receipt for ${requestId}`);
  return {
    prompt_tokens: Number(row.prompt_tokens),
    completion_tokens: Number(row.completion_tokens),
    cached_tokens: Number(row.cached_tokens),
    cache_write_tokens: Number(row.cache_write_tokens),
    reasoning_tokens: Number(row.reasoning_tokens),
  };
}

/** The receipt says what the recording reports, and what that costs at list price was charged or is the operator's loss. */
async function expectReceipt(answer: Answer, recorded: Recording & { kind: Asked }): Promise<void> {
  const id = answer.headers.get("x-request-id");
  const receipt = await receiptOf(id);
  const tokens = await tokensOf(id);
  const usage = reportedUsage(recorded);
  expect(receipt).toMatchObject({ status: 200, usage_estimated: usage === null, outcome: "settled" });
  if (usage === null) expect(tokens.completion_tokens).toBeGreaterThan(0);
  else expect(tokens).toEqual(expectedTokens(recorded.kind, usage));
  const { model, provider } = ASKED[recorded.kind];
  const offer = findModel(model).model.offers.find((one) => one.provider === provider);
  if (!offer) throw new Error(`${provider} does not sell ${model}`);
  const cost = costOf(
    {
      promptTokens: tokens.prompt_tokens,
      cachedTokens: tokens.cached_tokens,
      cacheWriteTokens: tokens.cache_write_tokens,
      completionTokens: tokens.completion_tokens,
      reasoningTokens: tokens.reasoning_tokens,
      estimated: usage === null,
    },
    offer.price,
  );
  expect(receipt.charged + receipt.operator_loss).toBe(cost);
}

/** An answer without what was added to its usage. */
function undressed(text: string): string {
  return text.replace(/,"cost":[\d.e-]+,"is_byok":false\}/, "}");
}

describe.skipIf(!hasRecordings)(RECORDINGS, () => {
  const { doors, upstream } = openDoors((upstreamUrl) => ({
    ANTHROPIC_API_KEY: "sk-ant-pool-0123456789abcdefghij",
    ANTHROPIC_BASE_URL: upstreamUrl,
  }));

  test("of every kind that is asked for here are there, whole and streamed where they can be", () => {
    const kinds = new Set(ALL.map(({ kind, streamed }) => `${kind}${streamed ? " streamed" : ""}`));
    for (const kind of ["chat", "completions", "messages", "responses"]) {
      expect(kinds).toContain(kind);
      expect(kinds).toContain(`${kind} streamed`);
    }
    expect(kinds).toContain("embeddings");
    expect(kinds).toContain("error");
  });

  describe.each(DOORS)("through the %s door", (name) => {
    let door: RunningServer;
    let tenant: Tenant;

    beforeAll(async () => {
      door = doors[name];
      tenant = await makeTenant({ mode: "credits" });
    });

    afterEach(async () => {
      await untilSettled();
      expect(await auditMoney()).toEqual([]);
    });

    function replay(recorded: Recording & { kind: Asked }, fields: Fields = {}): Promise<Answer> {
      upstream.reset();
      const type = recorded.streamed ? "text/event-stream" : "application/json";
      upstream.respond = () => ({ body: recorded.sent, headers: { "content-type": type } });
      const { path, model, fields: always } = ASKED[recorded.kind];
      const streamed = recorded.streamed ? { stream: true } : {};
      return ask(door, { path, secret: tenant.secret, body: { model, ...always, ...streamed, ...fields } });
    }

    test.each(replayed(({ streamed }) => !streamed))(
      "whole %s: the same bytes but for model and usage, the same usage",
      async (_, recorded) => {
        const answer = await replay(recorded);
        expect(answer.status).toBe(200);
        expect(answer.text).not.toBe(recorded.sent);
        expect(undressed(answer.text)).toBe(named(recorded.sent, ASKED[recorded.kind].model));
        await expectReceipt(answer, recorded);
      },
    );

    test.each(replayed(({ kind, streamed }) => streamed && hasNamedEvents(kind)))(
      "stream %s: the same bytes but for the model, the same usage",
      async (_, recorded) => {
        const answer = await replay(recorded);
        const { model } = ASKED[recorded.kind];
        const events = recorded.parts.map((part) => {
          const { message, response } = parsed(part);
          return fieldsOf(message ?? response).model === undefined ? part : named(part, model);
        });
        expect(answer.text).toBe(framedAs(recorded.kind, events));
        await expectReceipt(answer, recorded);
      },
    );

    test.each(replayed(({ kind, streamed }) => streamed && !hasNamedEvents(kind)))(
      "stream %s: the same bytes but for model and usage chunk, the same usage",
      async (_, recorded) => {
        const { model } = ASKED[recorded.kind];
        const events = recorded.parts.filter((part) => !isUsageChunk(part)).map((part) => named(part, model));
        const expected = framedAs(recorded.kind, events);
        const plain = await replay(recorded);
        expect(plain.text).toBe(expected);
        await expectReceipt(plain, recorded);

        const asked = await replay(recorded, { stream_options: { include_usage: true } });
        const [last, ...rest] = asked.text.split("\n\n").slice(0, -2).reverse();
        expect(`${rest.toReversed().join("\n\n")}\n\ndata: [DONE]\n\n`).toBe(expected);
        const usage = reportedUsage(recorded);
        expect(parsed(last?.replace(/^data: /, "") ?? "")).toMatchObject({
          model,
          choices: [],
          usage: {
            ...(recorded.parts.some(isUsageChunk)
              ? usage
              : { prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number) }),
            ...(usage === null ? { estimated: true } : { prompt_tokens: usage.prompt_tokens }),
            cost: expect.any(Number),
            is_byok: false,
          },
        });
        await expectReceipt(asked, recorded);
      },
    );

    test.each(ALL.filter(({ kind, streamed }) => kind === "error" && !streamed).map((one) => [one.file, one] as const))(
      "refusal %s: the provider's words, and nothing charged",
      async (_, recorded) => {
        upstream.reset();
        upstream.respond = () => ({ status: 400, body: recorded.sent });
        const { path, model, fields } = ASKED.chat;
        const answer = await ask(door, { path, secret: tenant.secret, body: { model, ...fields } });
        const { message } = fieldsOf(parsed(recorded.sent).error);
        expect(answer.status).toBe(400);
        expect(answer.json).toMatchObject({ error: { message: expect.stringContaining(String(message)) } });
        expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({ status: 400, charged: 0n });
      },
    );
  });
});
