import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { centsOfUsd, topUpFee, usdOfCents } from "@/lib/billing/amounts";
import { topUpAmountSchema } from "@/lib/billing/schemas";
import { type PaymentFacts, standingOf } from "@/lib/billing/standing";
import { readBillingEvent } from "@/lib/billing/stripe-event";
import { parseUsd, usd } from "@/lib/core/money";

const TOP_UP = { amount: parseUsd("20"), fee: parseUsd("1"), status: "pending" as const };
const TOTAL = parseUsd("21");
const UNPAID: PaymentFacts = { paid: 0n, refunded: 0n, refunds: [], disputes: [] };

describe("what a top-up is worth", () => {
  test.each<[string, Partial<PaymentFacts>, "expired" | "failed" | null, string, string]>([
    ["nothing is known", {}, null, "pending", "0"],
    ["its checkout expired", {}, "expired", "expired", "0"],
    ["its payment failed", {}, "failed", "failed", "0"],
    ["it is paid", { paid: TOTAL }, null, "paid", "20"],
    ["it is paid, whatever its checkout says", { paid: TOTAL }, "expired", "paid", "20"],
    ["a refund is known and the payment is not", { refunded: TOTAL }, null, "pending", "0"],
    ["half was refunded", { paid: TOTAL, refunded: TOTAL / 2n }, null, "refunded", "10"],
    [
      "the refund failed",
      { paid: TOTAL, refunded: TOTAL, refunds: [{ amount: TOTAL, failed: true }] },
      null,
      "paid",
      "20",
    ],
    [
      "a refund that nobody has seen yet failed",
      { paid: TOTAL, refunds: [{ amount: TOTAL, failed: true }] },
      null,
      "paid",
      "20",
    ],
    [
      "one of two refunds failed",
      {
        paid: TOTAL,
        refunded: TOTAL / 2n,
        refunds: [
          { amount: TOTAL / 2n, failed: true },
          { amount: TOTAL / 2n, failed: false },
        ],
      },
      null,
      "refunded",
      "10",
    ],
    ["an inquiry runs", { paid: TOTAL, disputes: [{ amount: TOTAL, outcome: "inquiry" }] }, null, "paid", "20"],
    ["a dispute runs", { paid: TOTAL, disputes: [{ amount: TOTAL, outcome: "open" }] }, null, "disputed", "0"],
    ["a dispute was won", { paid: TOTAL, disputes: [{ amount: TOTAL, outcome: "won" }] }, null, "paid", "20"],
    [
      "more was taken back than was paid",
      { paid: TOTAL, refunded: TOTAL, disputes: [{ amount: TOTAL, outcome: "lost" }] },
      null,
      "disputed",
      "0",
    ],
  ])("when %s", (_, facts, ended, status, credits) => {
    expect(standingOf(TOP_UP, { ...UNPAID, ...facts }, ended)).toMatchObject({ status, credits: parseUsd(credits) });
  });

  test("credits and fee are together what was kept, and neither is below zero or above what was agreed on", () => {
    const amount = fc.bigInt({ min: 1n, max: 10n ** 13n });
    const part = fc.bigInt({ min: 0n, max: 100n });
    fc.assert(
      fc.property(amount, amount, part, part, (credits, fee, paidPart, backPart) => {
        const total = credits + fee;
        const paid = (total * paidPart) / 100n;
        const refunded = (paid * backPart) / 100n;
        const standing = standingOf({ amount: credits, fee, status: "pending" }, { ...UNPAID, paid, refunded }, null);
        expect(standing.credits + standing.fee).toBe(paid - refunded);
        expect(standing.credits >= 0n && standing.credits <= credits).toBe(true);
        expect(standing.fee >= 0n && standing.fee <= fee + 1n).toBe(true);
      }),
    );
  });
});

describe("the fee", () => {
  test.each([
    ["20", 500, "1"],
    ["5", 500, "0.25"],
    ["5.01", 500, "0.26"],
    ["5000", 10_000, "5000"],
    ["12.34", 0, "0"],
  ])("of %s USD at %i basis points is %s, in whole cents, rounded up", (amount, bps, fee) => {
    expect(topUpFee(parseUsd(amount), bps)).toBe(parseUsd(fee));
  });

  test("cents come back from Stripe as they went", () => {
    fc.assert(
      fc.property(fc.nat(99_999_999), (cents) => {
        expect(centsOfUsd(usdOfCents(cents))).toBe(cents);
      }),
    );
    expect(() => centsOfUsd(usd(1n))).toThrow(RangeError);
  });
});

describe("the amount of a top-up", () => {
  test.each(["5", "5.00", "12.5", "5000", " 25 "])("may be %j", (text) => {
    expect(topUpAmountSchema.parse(text)).toBe(parseUsd(text));
  });

  test.each(["4.99", "5000.01", "0", "-5", "5.001", "1e3", "", "NaN", "5,00", "9".repeat(400), null, 25])(
    "may not be %j",
    (text) => {
      expect(topUpAmountSchema.safeParse(text).success).toBe(false);
    },
  );
});

describe("an event", () => {
  test("of a type that is no member of ours is nobody's, also where every object has one", () => {
    for (const type of ["customer.created", "constructor", "__proto__", ""])
      expect(readBillingEvent({ id: "evt_1", type, object: {} })).toBeNull();
  });

  test.each([
    ["charge.dispute.created", "needs_response", "open"],
    ["charge.dispute.created", "warning_needs_response", "inquiry"],
    ["charge.dispute.closed", "won", "won"],
    ["charge.dispute.closed", "lost", "lost"],
    ["charge.dispute.closed", "warning_closed", "won"],
  ])("%s with the status %s is %s", (type, status, outcome) => {
    const object = { id: "du_1", payment_intent: { id: "pi_1" }, amount: 2100, currency: "usd", status, metadata: {} };
    expect(readBillingEvent({ id: "evt_1", type, object })).toMatchObject({
      outcome,
      paymentIntent: "pi_1",
      amount: TOTAL,
      inUsd: true,
    });
  });
});
