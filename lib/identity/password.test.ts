import { expect, test } from "vitest";
import { hashPassword, verifyPassword } from "@/lib/identity/password";

test("a password is kept as argon2id, with a salt of its own", async () => {
  const [first, second] = await Promise.all([hashPassword("correct horse"), hashPassword("correct horse")]);
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(first).not.toBe(second);
  expect(await verifyPassword(first, "correct horse")).toBe(true);
  expect(await verifyPassword(first, "correct horse ")).toBe(false);
});

test("the same letters match however a keyboard composed them", async () => {
  expect(await verifyPassword(await hashPassword("pass\u00e9word"), "passe\u0301word")).toBe(true);
});

test("nobody's password is never right, and takes as long to refuse as somebody's", async () => {
  const known = await hashPassword("correct horse");
  await verifyPassword(null, "warm-up");
  const timed = async (hash: string | null): Promise<number> => {
    const start = performance.now();
    expect(await verifyPassword(hash, "wrong")).toBe(false);
    return performance.now() - start;
  };
  // In turns, and the quickest of each: what else the machine does has slowed it the least.
  const times: [somebody: number, nobody: number][] = [];
  for (let run = 0; run < 9; run += 1) times.push([await timed(known), await timed(null)]);
  const [somebody, nobody] = [Math.min(...times.map(([value]) => value)), Math.min(...times.map(([, value]) => value))];
  // The same work; the bounds only leave room for a busy machine.
  expect(nobody / somebody).toBeGreaterThan(0.5);
  expect(nobody / somebody).toBeLessThan(2);
});
