import { describe, expect, it } from "vitest";
import { explainRefusal } from "@/components/usage/explain-refusal";

const refused = { status: 401, outcome: "refused", createdAt: "2026-11-21T14:03:05.000Z" } as const;

describe("a refusal in words", () => {
  it("names the limit, what was used and held, what the call needed, and when it starts again", () => {
    const explanation = explainRefusal({
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

  it("says what the answer said where there are no figures", () => {
    const explanation = explainRefusal({
      ...refused,
      status: 400,
      errorCode: "model_not_found",
      errorMessage: "Model 'gpt-5o' not found.",
      refusal: null,
    });
    expect(explanation).toMatchObject({ title: "There is no model by this name", text: "Model 'gpt-5o' not found." });
  });

  it("explains a code that it does not know by its status and message", () => {
    const explanation = explainRefusal({
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
      explainRefusal({
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
