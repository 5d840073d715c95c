import { expect, test } from "vitest";
import { parseForm } from "@/lib/billing/simulator/form";

test("a form of the SDK's is read as the objects and lists that it was written from", () => {
  const body = new URLSearchParams([
    ["mode", "payment"],
    ["line_items[0][price_data][currency]", "usd"],
    ["line_items[0][quantity]", "1"],
    ["line_items[1][quantity]", "2"],
    ["metadata[name]", "a & b = [c]"],
  ]).toString();
  expect(JSON.parse(JSON.stringify(parseForm(body)))).toEqual({
    mode: "payment",
    line_items: { 0: { price_data: { currency: "usd" }, quantity: "1" }, 1: { quantity: "2" } },
    metadata: { name: "a & b = [c]" },
  });
});

test("no name reaches what every object has", () => {
  parseForm("__proto__[polluted]=1&a[__proto__][polluted]=1&constructor[prototype][polluted]=1");
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
});
