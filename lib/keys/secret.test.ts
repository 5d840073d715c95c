import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { generateSecret, hashSecret, isWellFormed, SECRET_PATTERN } from "@/lib/keys/secret";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

describe("a new key", () => {
  test.each(["live", "test"] as const)("for %s has the published pattern and a right checksum", (environment) => {
    for (let count = 0; count < 200; count += 1) {
      const { secret, prefix, lastFour, hash } = generateSecret(environment);
      expect(secret).toMatch(/^tp_(live|test)_[0-9A-Za-z]{38}$/);
      expect(secret.startsWith(`tp_${environment}_`)).toBe(true);
      expect(isWellFormed(secret)).toBe(true);
      expect(prefix).toBe(secret.slice(0, 12));
      expect(lastFour).toBe(secret.slice(-4));
      expect(hash).toBe(createHash("sha256").update(secret).digest("hex"));
    }
  });

  test("is never given twice", () => {
    expect(new Set(Array.from({ length: 10_000 }, () => generateSecret("live").secret)).size).toBe(10_000);
  });
});

describe("the checksum", () => {
  test("is CRC-32 of all before it, in six base62 digits, zero-padded", () => {
    // Made with a bitwise CRC-32 (polynomial 0xEDB88320) apart from this code; the second one has a zero in front.
    expect(isWellFormed(`tp_live_${"0".repeat(32)}2YrfA1`)).toBe(true);
    expect(isWellFormed(`tp_live_${"0".repeat(32)}2YrfA2`)).toBe(false);
    expect(isWellFormed(`tp_test_${"0".repeat(29)}27100VfHf`)).toBe(true);
  });

  test("finds every mistyped character and every two that changed places", () => {
    const { secret } = generateSecret("live");
    for (let index = "tp_live_".length; index < secret.length; index += 1) {
      for (const other of BASE62) {
        if (other === secret[index]) continue;
        expect(isWellFormed(secret.slice(0, index) + other + secret.slice(index + 1))).toBe(false);
      }
      const swapped = secret.slice(0, index) + (secret[index + 1] ?? "") + secret[index] + secret.slice(index + 2);
      if (swapped !== secret) expect(isWellFormed(swapped)).toBe(false);
    }
  });

  test("belongs to its environment: a test key cannot be passed off as a live one", () => {
    const { secret } = generateSecret("test");
    expect(isWellFormed(secret.replace("tp_test_", "tp_live_"))).toBe(false);
  });
});

test("what is no key is none", () => {
  const { secret } = generateSecret("live");
  for (const text of [
    "",
    "tp_live_",
    secret.slice(0, -1),
    `${secret}0`,
    ` ${secret}`,
    `${secret}\n`,
    secret.toUpperCase(),
    secret.replace("live", "prod"),
    `x${secret}`,
    "sk-abc",
    secret.replace(/.$/, "é"),
    "x".repeat(1_000_000),
  ]) {
    expect(isWellFormed(text), text.slice(0, 60)).toBe(false);
  }
});

test("different keys have different hashes, and the pattern is the one that scanners know", () => {
  expect(hashSecret("a")).toBe("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
  expect(SECRET_PATTERN.source).toBe("^tp_(live|test)_[0-9A-Za-z]{38}$");
});
