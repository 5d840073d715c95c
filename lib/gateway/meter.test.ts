import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import type { Usage } from "@/lib/catalog/price";
import type { Hold } from "@/lib/gateway/admit";
import { type Metered, meter, usageOf } from "@/lib/gateway/meter";
import type { ModelRequest } from "@/lib/gateway/parse";
import type { Attempt } from "@/lib/gateway/plan";
import type { Tapped } from "@/lib/gateway/tap";
import type { CallerMeter } from "@/lib/keys/caller";
import { modelRequest } from "@/lib/testing/model-request";

const CREDITS: CallerMeter = {
  id: 1n,
  subject: "organization",
  kind: "credits",
  unit: "usd",
  period: "none",
  perMinute: null,
};
const SPEND: CallerMeter = { id: 2n, subject: "api_key", kind: "spend", unit: "usd", period: "none", perMinute: null };
const REQUESTS: CallerMeter = {
  id: 3n,
  subject: "api_key",
  kind: "rate",
  unit: "requests",
  period: "minute",
  perMinute: 60,
};
const TOKENS: CallerMeter = {
  id: 4n,
  subject: "api_key",
  kind: "rate",
  unit: "tokens",
  period: "minute",
  perMinute: 1_000,
};

const REQUEST = modelRequest({ model: "m", streamed: true, promptText: () => "Hello there, how are you today?" });

/** A nano-dollar for each token. */
function attempt(billedTo: Attempt["billedTo"]): Attempt {
  return {
    model: findModel("gpt-4o-mini").model,
    provider: "openai",
    upstreamModel: "m",
    price: { input: 1_000_000n, output: 1_000_000n },
    credential: { kind: "none" },
    isPriced: true,
    baseUrl: null,
    contextWindow: 1_000,
    maxOutput: 1_000,
    billedTo,
    feeBps: 0,
  };
}

function hold(amount: bigint, billedTo: Attempt["billedTo"] = "credits"): Hold {
  const creditsAmount = billedTo === "credits" ? amount : 0n;
  return {
    requestId: "gen_1",
    amount,
    creditsAmount,
    meters: [REQUESTS, TOKENS, SPEND, ...(billedTo === "credits" ? [CREDITS] : [])],
    plan: {
      model: "m",
      attempts: [attempt(billedTo)],
      promptBound: 100,
      completionBound: 100,
      clampedMaxTokens: null,
      longestClamp: 1_000,
      choices: 1,
      cachesForAnHour: false,
    },
    requestsLeft: null,
    tokensLeft: null,
  };
}

function reported(promptTokens: number, completionTokens: number): Usage {
  return { promptTokens, cachedTokens: 0, cacheWriteTokens: 0, completionTokens, reasoningTokens: 0, estimated: false };
}

function tapped(changes: Partial<Tapped>): Tapped {
  return { usage: null, finishReason: "stop", text: "", produced: false, ...changes };
}

async function meterAnswer(request: ModelRequest, answer: Tapped, used: Attempt, held: Hold): Promise<Metered> {
  return meter(await usageOf(request, answer), used, held);
}

describe("what a request costs", () => {
  test("is its reported usage, on every meter that it holds", async () => {
    expect(
      await meterAnswer(
        REQUEST,
        tapped({ usage: reported(30, 12), text: "Hi", produced: true }),
        attempt("credits"),
        hold(200n),
      ),
    ).toEqual({
      usage: reported(30, 12),
      cost: 42n,
      charged: 42n,
      operatorLoss: 0n,
      charges: [
        { meterId: 4n, amount: 42n },
        { meterId: 2n, amount: 42n },
        { meterId: 1n, amount: 42n },
      ],
    });
  });

  test("beyond the hold is the operator's loss and never the customer's", async () => {
    expect(
      await meterAnswer(REQUEST, tapped({ usage: reported(150, 150), produced: true }), attempt("credits"), hold(200n)),
    ).toMatchObject({ cost: 200n, charged: 200n, operatorLoss: 100n });
  });

  test("with the customer's own key is counted and not charged, and no loss of ours", async () => {
    const metered = await meterAnswer(
      REQUEST,
      tapped({ usage: reported(150, 150), produced: true }),
      attempt("provider_key"),
      hold(200n, "provider_key"),
    );
    expect(metered).toMatchObject({ cost: 200n, charged: 0n, operatorLoss: 0n });
    expect(metered.charges).toEqual([
      { meterId: 4n, amount: 300n },
      { meterId: 2n, amount: 200n },
    ]);
  });

  test("is counted from the text where no usage came, and says so", async () => {
    const metered = await meterAnswer(
      REQUEST,
      tapped({ text: "I am fine, thank you.", produced: true }),
      attempt("credits"),
      hold(200n),
    );
    expect(metered.usage).toMatchObject({ estimated: true, promptTokens: 8 + 3, completionTokens: 7 });
    expect(metered.cost).toBe(18n);
  });

  test("is nothing where nothing was produced", async () => {
    expect(await meterAnswer(REQUEST, tapped({}), attempt("credits"), hold(200n))).toMatchObject({
      cost: 0n,
      charged: 0n,
      operatorLoss: 0n,
      usage: { promptTokens: 0, estimated: false },
    });
  });

  test("is not nothing for text that counts no tokens, such as a tool call without arguments", async () => {
    expect(
      (await meterAnswer(REQUEST, tapped({ text: "", produced: true }), attempt("credits"), hold(200n))).usage
        .completionTokens,
    ).toBe(1);
  });

  test("is not what an early report says of an answer that had not begun: what came since is counted", async () => {
    const metered = await meterAnswer(
      REQUEST,
      tapped({ usage: reported(30, 0), text: "I am fine, thank you.", produced: true }),
      attempt("credits"),
      hold(200n),
    );
    expect(metered.usage).toMatchObject({ estimated: true, promptTokens: 30, completionTokens: 7 });
    expect(metered.cost).toBe(37n);
    const nothing = await meterAnswer(
      REQUEST,
      tapped({ usage: reported(0, 0), text: "I am fine, thank you.", produced: true }),
      attempt("credits"),
      hold(200n),
    );
    expect(nothing.usage).toMatchObject({ estimated: true, promptTokens: 11, completionTokens: 7 });
  });

  test("of embeddings is the prompt's, reported or counted, and never a token of an answer", async () => {
    const embeddings = modelRequest({
      path: "embeddings",
      maxTokens: 0,
      tokensBesideText: 0,
      promptText: () => "Hello there, how are you today?",
    });
    const of = (answer: Partial<Tapped>, request = embeddings) =>
      meterAnswer(request, tapped({ produced: true, ...answer }), attempt("credits"), hold(200n));
    expect(await of({ usage: reported(30, 0) })).toMatchObject({ usage: reported(30, 0), cost: 30n });
    const counted = { estimated: true, promptTokens: 8, completionTokens: 0 };
    expect(await of({})).toMatchObject({ usage: counted, cost: 8n });
    expect(await of({ usage: reported(0, 0) })).toMatchObject({ usage: counted, cost: 8n });
    const numbers = { ...embeddings, promptText: () => "", tokensBesideText: 5 };
    expect(await of({}, numbers)).toMatchObject({ usage: { ...counted, promptTokens: 5 }, cost: 5n });
  });

  test("of a completion that repeats its prompt is not the prompt's again", async () => {
    const prompt = "Hello there, how are you today?";
    const echoed = modelRequest({ path: "completions", echoes: 2, tokensBesideText: 0, promptText: () => prompt });
    const of = (answer: Partial<Tapped>, request = echoed) =>
      meterAnswer(request, tapped({ produced: true, ...answer }), attempt("credits"), hold(200n));
    const text = `${prompt} I am fine, thank you.${prompt} I am fine, thank you.`;
    expect((await of({ text })).usage).toMatchObject({ estimated: true, promptTokens: 8, completionTokens: 14 });
    expect((await of({ text: prompt + prompt, usage: reported(8, 0) })).usage).toEqual(reported(8, 0));
    expect((await of({ text: prompt }, { ...echoed, maxTokens: 0 })).usage).toMatchObject({
      promptTokens: 8,
      completionTokens: 0,
    });
  });

  test("is within the hold and above zero once tokens were produced, whatever the provider says", async () => {
    const tokens = fc.oneof(fc.nat(300), fc.constant(1e12));
    await fc.assert(
      fc.asyncProperty(
        fc.option(fc.tuple(tokens, tokens)),
        fc.string({ minLength: 1, maxLength: 50 }),
        fc.bigInt({ min: 1n, max: 1_000n }),
        fc.constantFrom<Attempt["billedTo"][]>("credits", "provider_key", "none"),
        async (usage, text, amount, billedTo) => {
          const metered = await meterAnswer(
            REQUEST,
            tapped({ usage: usage && reported(...usage), text, produced: true }),
            attempt(billedTo),
            hold(amount, billedTo),
          );
          expect(metered.cost > 0n).toBe(true);
          expect(metered.cost <= amount).toBe(true);
          expect(metered.charged).toBe(billedTo === "credits" ? metered.cost : 0n);
          expect(metered.operatorLoss >= 0n).toBe(true);
        },
      ),
    );
  });
});

describe("credits of a request with a key of the customer's own", () => {
  const withFee = (feeBps: number): Attempt => ({
    ...attempt("provider_key"),
    credential: { kind: "own", providerKeyId: "pvk_1", sealed: "" },
    feeBps,
  });
  const heldFee = (amount: bigint, creditsAmount: bigint): Hold => ({
    ...hold(amount, "provider_key"),
    creditsAmount,
    meters: [SPEND, CREDITS],
  });

  test("pay the fee alone, rounded up, while spend limits count the whole list price", () => {
    const metered = meter(reported(30, 13), withFee(1_000), heldFee(200n, 20n));
    expect(metered).toMatchObject({ cost: 43n, charged: 5n, operatorLoss: 0n });
    expect(metered.charges).toEqual([
      { meterId: SPEND.id, amount: 43n },
      { meterId: CREDITS.id, amount: 5n },
    ]);
  });

  test("never pay more than is held for it, whatever the provider reports", () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), fc.nat(10_000), fc.nat(100), (prompt, completion, bps, most) => {
        const { charged, cost } = meter(reported(prompt, completion), withFee(bps), heldFee(100n, BigInt(most)));
        expect(charged <= BigInt(most) && charged <= cost).toBe(true);
      }),
    );
  });
});

describe("a cache that was written for an hour", () => {
  const dear: Attempt = {
    ...attempt("credits"),
    price: { input: 1_000_000n, output: 1_000_000n, cacheWrite: 1_250_000n, cacheWriteHour: 2_000_000n },
  };
  const asked = (cachesForAnHour: boolean): Hold => {
    const held = hold(10_000n);
    return { ...held, plan: { ...held.plan, cachesForAnHour } };
  };
  const written = (changes: Partial<Usage>): Usage => ({ ...reported(100, 0), cacheWriteTokens: 100, ...changes });

  test("costs twice the input, the rest of what was written a quarter more", () => {
    expect(meter(written({ cacheWriteHourTokens: 40 }), dear, asked(true)).cost).toBe(40n * 2n + 75n);
    expect(meter(written({ cacheWriteHourTokens: 0 }), dear, asked(true)).cost).toBe(125n);
  });

  test("is all of what was written where the provider does not tell, if the request asked for an hour", () => {
    expect(meter(written({}), dear, asked(true)).cost).toBe(200n);
    expect(meter(written({}), dear, asked(false)).cost).toBe(125n);
  });
});
