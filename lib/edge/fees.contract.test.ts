import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseUsd } from "@/lib/core/money";
import { setEnvironment } from "@/lib/infra/config";
import { pool } from "@/lib/infra/db";
import { deletePriceOverride } from "@/lib/pricing/delete-price-override";
import { setPriceOverride } from "@/lib/pricing/set-price-override";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  ask,
  auditMoney,
  chatBody,
  DOORS,
  eventually,
  POOL_KEY,
  receiptOf,
  receiptsOf,
  untilSettled,
} from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";

const FEE_BPS = 500n;
/** 11 tokens of prompt and 6 of answer at gpt-4o-mini's price, in nano-dollars. */
const COST = 11n * 150n + 6n * 600n;
const FEE = (COST * FEE_BPS + 9_999n) / 10_000n;
const OWN_KEY = "sk-own-0123456789abcdefghijklmn";
const MASTER = { master: true } as const;

const { doors, upstream } = openDoors({
  BYOK_FEE_BPS: String(FEE_BPS),
  ALLOW_PRIVATE_UPSTREAMS: "true",
});

beforeAll(() => setEnvironment({ LOG_LEVEL: "silent" }));

/** A tenant with a key of its own for OpenAI, at the test's upstream. */
async function makeOwner(mode: "api_keys" | "hybrid"): Promise<Tenant> {
  const tenant = await makeTenant({ mode, credits: parseUsd("1") });
  await addProviderKey({
    organizationId: tenant.organizationId,
    projectId: tenant.projectId,
    provider: "openai",
    key: OWN_KEY,
    baseUrl: upstream.url,
    actor: { userId: tenant.userId },
  });
  return tenant;
}

describe.each(DOORS)("behind the %s door", (name) => {
  const call = (tenant: Tenant, body: Record<string, unknown>, path = "/v1/chat/completions") =>
    ask(doors[name], { secret: tenant.secret, path, body });

  beforeEach(() => upstream.reset());
  afterEach(async () => {
    await untilSettled();
    expect(await auditMoney()).toEqual([]);
  });

  test.each(["api_keys", "hybrid"] as const)(
    "a request with a key of the customer's own costs credits the fee alone, in a project of mode %s",
    async (mode) => {
      const owner = await makeOwner(mode);
      for (const stream of [false, true]) {
        const answer = await call(owner, chatBody({ stream, stream_options: stream ? { include_usage: true } : null }));
        expect([answer.status, answer.headers.get("x-turnpike-billed-to")]).toEqual([200, "provider_key"]);
        expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({
          is_byok: true,
          billed_to: "provider_key",
          cost: COST,
          charged: FEE,
        });
        const read = await ask(doors[name], {
          secret: owner.secret,
          path: `/v1/generation?id=${answer.headers.get("x-request-id")}`,
        });
        expect(read.json).toMatchObject({ data: { cost: "0.00000525", routing_fee: "0.000000263", is_byok: true } });
      }
      expect(upstream.calls.every(({ headers }) => headers.authorization === `Bearer ${OWN_KEY}`)).toBe(true);
    },
  );

  test("without credits for the fee nothing is sent, and 402 says why", async () => {
    const owner = await makeOwner("api_keys");
    await pool().query(
      `WITH m AS (UPDATE meter SET "limit" = 0, ceiling = 0 FROM (SELECT id, "limit" AS had FROM meter) old
         WHERE old.id = meter.id AND subject_id = $1 AND kind = 'credits' RETURNING old.had)
       INSERT INTO journal_entry (transaction_id, source, organization_id, account, amount)
       SELECT 'txn_' || $1, 'test:' || $1, $1, v.account::"LedgerAccount", v.amount
       FROM m CROSS JOIN LATERAL (VALUES ('credits', -m.had), ('adjustments', m.had)) AS v(account, amount)`,
      [owner.organizationId],
    );
    const answer = await call(owner, chatBody());
    expect(answer).toMatchObject({
      status: 402,
      json: {
        error: { type: "billing_error", code: "insufficient_credits", message: expect.stringMatching(/the fee/) },
      },
    });
    expect(upstream.calls).toEqual([]);
  });

  test.each<[string, Record<string, unknown>]>([
    ["service_tier", { service_tier: "priority" }],
    ["web_search_options", { web_search_options: {} }],
    ["modalities", { modalities: ["text", "audio"], audio: { voice: "alloy", format: "wav" } }],
    ["prediction", { prediction: { type: "content", content: "x" } }],
    ["tools", { tools: [{ type: "web_search_20250305", name: "web_search" }] }],
  ])(
    "what costs more than its tokens is refused where credits pay, and served with an own key: %s",
    async (field, asked) => {
      const payer = await makeTenant({ mode: "credits", credits: parseUsd("1") });
      const refused = await call(payer, chatBody(asked));
      expect(refused).toMatchObject({ status: 400, json: { error: { code: "invalid_body", param: field } } });
      expect(upstream.calls).toEqual([]);
      expect(
        await eventually(
          () => receiptsOf(payer.keyId),
          (rows) => rows.length === 1,
        ),
      ).toMatchObject([{ outcome: "refused", status: 400, hold: 0n, cost: 0n }]);
      expect((await call(await makeOwner("api_keys"), chatBody(asked))).status).toBe(200);
      expect(JSON.parse(upstream.calls[0]?.body ?? "{}")).toMatchObject(asked);
    },
  );

  test("a price of the operator's own is what the next request costs, within a second, and GET models shows it", async () => {
    const payer = await makeTenant({ mode: "credits", credits: parseUsd("1") });
    const priceListed = async () => {
      const { json } = await ask(doors[name], { secret: payer.secret, path: "/v1/models/gpt-4o-mini" });
      return JSON.stringify(json);
    };
    await setPriceOverride(
      { modelKey: "openai:gpt-4o-mini", inputPricePerMillion: "10", outputPricePerMillion: "20" },
      MASTER,
    );
    try {
      await eventually(priceListed, (listed) => listed.includes('"input_per_million":"10.00"'));
      const answer = await call(payer, chatBody());
      expect(answer.headers.get("x-turnpike-cost")).toBe("0.00023");
      expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({ cost: 230_000n, charged: 230_000n });
      expect(upstream.calls[0]?.headers.authorization).toBe(`Bearer ${POOL_KEY}`);
    } finally {
      await deletePriceOverride("openai:gpt-4o-mini", MASTER);
    }
    await eventually(priceListed, (listed) => listed.includes('"input_per_million":"0.15"'));
  });
});
