import { describe, expect, test } from "vitest";
import { IdempotentRequest } from "@/lib/gateway/idempotency";

describe("an Idempotency-Key", () => {
  test.each([
    ["empty", ""],
    ["longer than 255 characters", "k".repeat(256)],
    ["with a control character", "a\tb"],
    ["with a line break", "a\nb"],
    ["with a character that is not ASCII", "schlüssel"],
    ["with the last of ASCII, which is none to print", "a\u007f"],
  ])("that is %s is refused before the database is asked", async (_name, key) => {
    const request = new IdempotentRequest(key, "gen_1");
    await expect(request.claim("key_1", "chat/completions", "{}")).rejects.toMatchObject({
      code: "invalid_body",
      status: 400,
      options: { param: "Idempotency-Key" },
    });
    // Nothing was claimed: nothing is to be given back, and an answer passes as it is.
    await request.free();
    const answer = { status: 200, headers: {}, body: "{}" };
    expect(await request.keep(answer)).toBe(answer);
  });
});
