import { describe, expect, it } from "vitest";
import { explainRefusal } from "@/components/usage/explain-refusal";

const refused = { status: 401, outcome: "refused", createdAt: "2026-11-21T14:03:05.000Z" } as const;

const explain = (receipt: Parameters<typeof explainRefusal>[0]) => explainRefusal(receipt, true);

describe("a refusal in words", () => {
  it("names the limit, what was used and held, what the call needed, and when it starts again", () => {
    const explanation = explain({
      ...refused,
      errorCode: "key_limit_reached",
      errorMessage: "Unauthorized: Turnpike API key reached its usage limit.",
      refusal: {
        meter: "api_key.spend",
        unit: "usd",
        limit: "5.00",
        used: "4.98",
        held: "0.01",
        needed: "0.02",
        resets_at: "2026-11-22T00:00:00.000Z",
      },
    });
    expect(explanation?.text).toBe(
      "Limit of $5.00 reached: used $4.98, held $0.01, this call may need up to $0.02; it starts again the day after at 00:00 UTC.",
    );
    expect(explanation?.remedy?.page).toBe("/keys");
  });

  const short = {
    ...refused,
    status: 402,
    errorCode: "insufficient_credits",
    errorMessage: "Organization has insufficient credits",
    refusal: {
      meter: "organization.credits",
      unit: "usd",
      limit: "10.00",
      used: "9.99",
      held: "0.004",
      needed: "0.0098",
      resets_at: null,
    },
  } as const;

  it("says what is left of the credits, and leads whoever may pay to the billing page", () => {
    expect(explain(short)).toEqual({
      title: "The organisation's credits do not cover this call",
      text: "$0.006 of credits are left, beside $0.004 held for calls that run. This call may need up to $0.0098.",
      remedy: { label: "Add credits", page: "/billing" },
    });
    const nobody = explainRefusal(short, false);
    expect(nobody?.remedy).toBeUndefined();
    expect(nobody?.text).toContain("Owners, admins and billing members of the organisation can add credits.");
  });

  it("says that credits are below zero after a refund of what was spent", () => {
    const refunded = { ...short.refusal, limit: "5.00", held: "0.00" };
    expect(explain({ ...short, refusal: refunded })?.text).toBe(
      "The credits are $4.99 below zero: more was refunded or disputed than was left. This call may need up to $0.0098.",
    );
  });

  it("says what the answer said where there are no figures", () => {
    const explanation = explain({
      ...refused,
      status: 400,
      errorCode: "model_not_found",
      errorMessage: "Model 'gpt-5o' not found.",
      refusal: null,
    });
    expect(explanation).toMatchObject({ title: "There is no model by this name", text: "Model 'gpt-5o' not found." });
  });

  it("explains a code that it does not know by its status and message", () => {
    const explanation = explain({
      ...refused,
      status: 418,
      errorCode: "teapot",
      errorMessage: null,
      refusal: null,
    });
    expect(explanation?.title).toBe("The call was answered with 418");
  });

  it("has nothing to say about a request that went through", () => {
    expect(
      explain({
        status: 200,
        outcome: "settled",
        createdAt: refused.createdAt,
        errorCode: null,
        errorMessage: null,
        refusal: null,
      }),
    ).toBeNull();
  });
});
