import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import { costOf, type Usage } from "@/lib/catalog/price";
import { parseUsd } from "@/lib/core/money";
import { generateSecret } from "@/lib/keys/secret";
import type { ProviderId } from "@/lib/providers/provider";
import {
  AFTER_TOOL_TEXT,
  bothDialects,
  CLAUDE_USAGE,
  PICTURE_TEXT,
  SCHEMA_ANSWER,
  TOOL_INPUT,
} from "@/lib/testing/both-dialects";
import { addKey, makePoorTenant, makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  type Asking,
  CLIENTS,
  type Client,
  PICTURE,
  type Skill,
  type Skills,
  TOOL_ANSWER,
} from "@/lib/testing/clients";
import { auditMoney, DOORS, eventually, type ReceiptRow, receiptsOf, untilSettled } from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import { PLAIN_PIECES, PLAIN_USAGE, PLAIN_VECTOR, type UpstreamScript } from "@/lib/testing/upstream";

const PLAIN_TEXT = PLAIN_PIECES.join("");

interface Upstream {
  provider: ProviderId;
  model: string;
  embedder?: string;
  /** What it reports of each answer, as ours. */
  usage: Usage;
  /** Where it is called. */
  path: string;
  /** What no model of its dialect can, whoever asks. */
  impossible: Partial<Record<Skill, string>>;
}

/** The dialects that models speak: for each client, one of them is its own and the other is reached by translation. */
const UPSTREAMS: Readonly<Record<"openai" | "anthropic", Upstream>> = {
  openai: {
    provider: "openai",
    model: "gpt-4o-mini",
    embedder: "text-embedding-3-small",
    path: "/v1/chat/completions",
    usage: {
      promptTokens: PLAIN_USAGE.prompt_tokens,
      completionTokens: PLAIN_USAGE.completion_tokens,
      cachedTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
      estimated: false,
    },
    impossible: {},
  },
  anthropic: {
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    path: "/v1/messages",
    usage: {
      promptTokens: 1_212,
      completionTokens: CLAUDE_USAGE.output_tokens,
      cachedTokens: CLAUDE_USAGE.cache_read_input_tokens,
      cacheWriteTokens: CLAUDE_USAGE.cache_creation_input_tokens,
      reasoningTokens: 0,
      estimated: false,
    },
    impossible: {
      embeddings: "Anthropic's dialect has no embeddings",
      completions: "older completions are not translated: a prompt without a conversation has no counterpart",
    },
  },
};
type UpstreamName = keyof typeof UPSTREAMS;

/** One cell: a client with a key, a model behind a door. */
interface Cell {
  client: Client;
  upstream: Upstream;
  /** For a key that exists. */
  asking: Asking;
  keyId: string;
  tenant: Tenant;
}

/** What a client does here; only asked where it can. */
function skill<Name extends Skill>({ client }: Cell, name: Name): Skills[Name] {
  const able = client.can[name];
  if ("impossible" in able) throw new Error(able.impossible);
  return able.run;
}

const { doors, upstream } = openDoors((upstreamUrl) => ({
  ANTHROPIC_API_KEY: "sk-ant-pool-0123456789abcdefghij",
  ANTHROPIC_BASE_URL: upstreamUrl,
  // Wrong keys are what some cells are about.
  BRUTE_FORCE_ENABLED: "false",
}));

/** The receipt of one call, once it is there. */
async function receiptIn({ keyId }: Cell): Promise<ReceiptRow | undefined> {
  const [receipt, ...more] = await eventually(
    () => receiptsOf(keyId),
    (rows) => rows.length > 0,
  );
  expect(more).toEqual([]);
  return receipt;
}

/** The receipts of so many calls: each at the usage that was reported to the token, and at its price. */
async function expectReceipts({ keyId, upstream: { model, provider, usage } }: Cell, calls: number): Promise<void> {
  const offer = findModel(model).model.offers.find((one) => one.provider === provider);
  if (!offer) throw new Error(`${provider} does not sell ${model}`);
  const receipts = await eventually(
    () => receiptsOf(keyId),
    (rows) => rows.length >= calls,
  );
  expect(receipts).toHaveLength(calls);
  for (const receipt of receipts)
    expect(receipt).toMatchObject({
      outcome: "settled",
      status: 200,
      usage_estimated: false,
      prompt_tokens: BigInt(usage.promptTokens),
      completion_tokens: BigInt(usage.completionTokens),
      cost: costOf(usage, offer.price),
    });
}

const sent = () => upstream.calls.map(({ path, body }) => ({ path, body }));

async function expectFailure(cell: Cell, asking: Asking, status: number, message: RegExp): Promise<void> {
  expect(await skill(cell, "failure")(asking)).toEqual({
    name: cell.client.errors(status),
    status,
    message: expect.stringMatching(message),
  });
}

const refusing = (script: UpstreamScript) => {
  upstream.respond = () => script;
};

/** What is shown in each cell, and the skill of the client that it takes. */
const CAPABILITIES = {
  text: {
    skill: "text",
    show: async (cell) => {
      expect(await skill(cell, "text")(cell.asking)).toBe(PLAIN_TEXT);
      expect(sent()).toMatchObject([{ path: cell.upstream.path }]);
      await expectReceipts(cell, 1);
    },
  },
  stream: {
    skill: "stream",
    show: async (cell) => {
      expect(await skill(cell, "stream")(cell.asking)).toEqual([...PLAIN_PIECES]);
      expect(sent()).toMatchObject([{ path: cell.upstream.path }]);
      await expectReceipts(cell, 1);
      expect(await receiptIn(cell)).toMatchObject({ streamed: true });
    },
  },
  "tools over two turns": {
    skill: "tools",
    show: async (cell) => {
      expect(await skill(cell, "tools")(cell.asking)).toEqual({ input: TOOL_INPUT, text: AFTER_TOOL_TEXT });
      expect(sent()).toMatchObject([
        { path: cell.upstream.path, body: expect.not.stringContaining(TOOL_ANSWER) },
        { path: cell.upstream.path, body: expect.stringContaining(TOOL_ANSWER) },
      ]);
      await expectReceipts(cell, 2);
    },
  },
  "a JSON schema": {
    skill: "schema",
    show: async (cell) => {
      expect(await skill(cell, "schema")(cell.asking)).toEqual(SCHEMA_ANSWER);
      expect(sent()).toMatchObject([{ path: cell.upstream.path, body: expect.stringContaining('"degrees":{') }]);
      await expectReceipts(cell, 1);
    },
  },
  "an image": {
    skill: "image",
    show: async (cell) => {
      expect(await skill(cell, "image")(cell.asking)).toBe(PICTURE_TEXT);
      expect(sent()).toMatchObject([{ path: cell.upstream.path, body: expect.stringContaining(PICTURE) }]);
      await expectReceipts(cell, 1);
    },
  },
  "a 401 for a key that is nobody's": {
    skill: "failure",
    show: async (cell) => {
      const asking = { ...cell.asking, secret: generateSecret("live").secret };
      await expectFailure(cell, asking, 401, /Invalid Turnpike API token/);
      expect(upstream.calls).toEqual([]);
    },
  },
  "a 402 where credits are out": {
    skill: "failure",
    show: async (cell) => {
      const { secret } = await makePoorTenant({ mode: "credits" });
      await expectFailure(cell, { ...cell.asking, secret }, 402, /insufficient credits/);
      expect(upstream.calls).toEqual([]);
    },
  },
  "a 403 for a scope that the key lacks": {
    skill: "failure",
    show: async (cell) => {
      const { secret } = await addKey(cell.tenant, { scopes: ["models:read"] });
      await expectFailure(cell, { ...cell.asking, secret }, 403, /completions:write/);
      expect(upstream.calls).toEqual([]);
    },
  },
  "a 429 of the provider's": {
    skill: "failure",
    show: async (cell) => {
      refusing({ status: 429, headers: { "retry-after": "1" }, body: '{"error":{"message":"slow down"}}' });
      await expectFailure(cell, cell.asking, 429, /slow down|provider/i);
      expect(await receiptIn(cell)).toMatchObject({ outcome: "released", charged: 0n });
    },
  },
  "a 502 for a provider's 5xx": {
    skill: "failure",
    show: async (cell) => {
      refusing({ status: 503, body: '{"error":{"message":"busy"}}' });
      await expectFailure(cell, cell.asking, 502, /./);
      expect(await receiptIn(cell)).toMatchObject({ outcome: "released", charged: 0n });
    },
  },
  "an abort": {
    skill: "abort",
    show: async (cell) => {
      upstream.respond = (call) => ({ ...bothDialects(call), hangAfter: 5 });
      // Some clients say that they were aborted by throwing, some just end.
      await skill(cell, "abort")(cell.asking).catch((error: unknown) => expect(String(error)).toMatch(/abort/i));
      await eventually(
        () => upstream.calls[0]?.state,
        (state) => state === "closed",
        5_000,
      );
      const receipt = await receiptIn(cell);
      expect(receipt).toMatchObject({ outcome: "settled", cancelled: true, streamed: true });
      expect(receipt?.cost ?? 0n).toBeGreaterThan(0n);
      expect(receipt?.cost ?? 0n).toBeLessThanOrEqual(receipt?.hold ?? 0n);
    },
  },
  "older completions": {
    skill: "completions",
    show: async (cell) => {
      expect(await skill(cell, "completions")(cell.asking)).toBe(PLAIN_TEXT);
      await expectReceipts(cell, 1);
    },
  },
  embeddings: {
    skill: "embeddings",
    show: async (cell) => {
      const { embedder = "" } = cell.upstream;
      expect(await skill(cell, "embeddings")({ ...cell.asking, model: embedder })).toEqual([...PLAIN_VECTOR]);
      expect(await receiptIn(cell)).toMatchObject({ outcome: "settled", requested_model: embedder });
    },
  },
  "counting tokens": {
    skill: "countTokens",
    show: async (cell) => {
      const tokens = await skill(cell, "countTokens")(cell.asking);
      expect(tokens).toBeGreaterThan(4);
      expect(tokens).toBeLessThan(20);
      expect(await receiptsOf(cell.keyId)).toEqual([]);
    },
  },
  "the models": {
    skill: "models",
    show: async (cell) => {
      const name = `${cell.upstream.provider}/${cell.upstream.model}`;
      const { listed, one } = await skill(cell, "models")(cell.asking);
      expect(listed).toContain(name);
      expect(one).toBe(name);
      expect(upstream.calls).toEqual([]);
    },
  },
} as const satisfies Record<string, { skill: Skill; show: (cell: Cell) => Promise<void> }>;

const isUpstream = (name: string): name is UpstreamName => Object.hasOwn(UPSTREAMS, name);
const upstreamNames = Object.keys(UPSTREAMS).filter(isUpstream);
const clients: readonly [string, Client][] = Object.entries(CLIENTS);

describe.each(DOORS)("behind the %s door", (door) => {
  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await makeTenant({ mode: "credits", credits: parseUsd("100") });
  });
  beforeEach(() => {
    upstream.respond = bothDialects;
  });
  afterEach(() => untilSettled());

  describe.each(clients)("%s", (_, client) => {
    describe.each(upstreamNames)("with a model of %s's dialect", (upstreamName) => {
      const behind = UPSTREAMS[upstreamName];
      for (const [title, capability] of Object.entries(CAPABILITIES)) {
        const able = client.can[capability.skill];
        const refused = behind.impossible[capability.skill];
        if ("impossible" in able) test.skip(`${title} (impossible: ${able.impossible})`, () => undefined);
        else
          test(refused === undefined ? title : `${title} (impossible, and said so: ${refused})`, async () => {
            const { key, secret } = await addKey(tenant);
            const asking = { url: doors[door].url, secret, model: behind.model };
            const cell = { client, upstream: behind, asking, keyId: key.id, tenant };
            if (refused === undefined) return capability.show(cell);
            await expect(able.run(asking)).rejects.toThrow(/POST \/api\/v1\/chat\/completions calls/);
            expect(upstream.calls).toEqual([]);
          });
      }
    });
  });

  test("after all of this the money agrees", async () => {
    expect(await auditMoney()).toEqual([]);
  });
});
