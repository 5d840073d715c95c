import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setEnvironment } from "@/lib/infra/config";
import { open, seal } from "@/lib/infra/secrets";

const FIRST = Buffer.alloc(32, "first").toString("base64");
const SECOND = Buffer.alloc(32, "second").toString("base64");
const before = process.env.ENCRYPTION_KEY;

beforeAll(() => setEnvironment({ ENCRYPTION_KEY: FIRST }));
afterAll(() => setEnvironment({ ENCRYPTION_KEY: before }));

describe("a sealed secret", () => {
  test("opens to what was sealed, whatever it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (plain) => {
        fc.pre(plain.isWellFormed());
        expect(open(seal(plain))).toBe(plain);
      }),
    );
  });

  test("names its key, shows nothing of what it holds, and is never the same twice", () => {
    const [one, two] = [seal("sk-secret-value"), seal("sk-secret-value")];
    expect(one).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]+$/);
    expect(one).not.toBe(two);
    expect(one).not.toContain("secret");
    expect(Buffer.from(one.split(".")[2] ?? "", "base64url").toString("latin1")).not.toContain("secret");
  });

  test("opens under a key that only opens, and is sealed anew under the first", () => {
    const old = seal("sk-old");
    setEnvironment({ ENCRYPTION_KEY: `${SECOND},${FIRST}` });
    expect(open(old)).toBe("sk-old");
    const resealed = seal(open(old));
    expect(resealed.split(".")[1]).not.toBe(old.split(".")[1]);
    setEnvironment({ ENCRYPTION_KEY: SECOND });
    expect(open(resealed)).toBe("sk-old");
    expect(() => open(old)).toThrow(/which ENCRYPTION_KEY no longer lists/);
    setEnvironment({ ENCRYPTION_KEY: FIRST });
  });

  test("that was tampered with does not open: no bit of it can change", () => {
    const sealed = seal("sk-secret");
    const [version, id, payload = ""] = sealed.split(".");
    const bytes = Buffer.from(payload, "base64url");
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => open(`${version}.${id}.${changed.toString("base64url")}`), `byte ${index}`).toThrow();
    }
  });

  test("that was cut short does not open, not even to nothing", () => {
    for (const sealed of [seal("sk-secret"), seal("")]) {
      const [version, id, payload = ""] = sealed.split(".");
      const bytes = Buffer.from(payload, "base64url");
      for (let length = 0; length < bytes.length; length += 1) {
        expect(
          () => open(`${version}.${id}.${bytes.subarray(0, length).toString("base64url")}`),
          `${length} bytes`,
        ).toThrow();
      }
    }
  });

  test("that is none is refused without being repeated", () => {
    for (const text of ["", "v1", "v1..", "v2.aaaaaaaa.bbbb", "sk-in-plain-text", "sk.in.plain"]) {
      expect(() => open(text)).toThrow("a sealed secret is damaged");
    }
  });

  test("cannot be made without a key", () => {
    setEnvironment({ ENCRYPTION_KEY: undefined });
    expect(() => seal("x")).toThrow(/ENCRYPTION_KEY is not set/);
    setEnvironment({ ENCRYPTION_KEY: FIRST });
  });
});
