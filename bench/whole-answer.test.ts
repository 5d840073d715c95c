import { describe, expect, it } from "vitest";
import { wholeAnswer } from "./whole-answer";

const isWhole = wholeAnswer([
  { text: " constant", times: 2 },
  { text: "[DONE]", times: 1 },
]);

describe("wholeAnswer", () => {
  it("takes an answer that holds everything as often as wanted", () => {
    expect(isWhole(Buffer.from("a constant, a constant [DONE]"))).toBe(true);
  });

  it("notices a chunk that is missing, one that came twice, and an end that did not come", () => {
    expect(isWhole(Buffer.from("a constant [DONE]"))).toBe(false);
    expect(isWhole(Buffer.from("a constant, a constant, a constant [DONE]"))).toBe(false);
    expect(isWhole(Buffer.from("a constant, a constant"))).toBe(false);
  });
});
