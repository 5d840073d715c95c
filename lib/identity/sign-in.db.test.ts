import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { beginAttempt } from "@/lib/identity/attempts";
import { signIn } from "@/lib/identity/sign-in";
import { signUp } from "@/lib/identity/sign-up";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { installDatabaseClock, stopDatabaseClock } from "@/lib/testing/database-clock";
import { useTestDatabase } from "@/lib/testing/test-database";

const password = "correct horse battery";
const start = new Date("2026-11-21T12:00:00Z");
const later = (seconds: number) => new Date(start.getTime() + seconds * 1000);

let database: ScratchDatabase;
beforeAll(async () => {
  database = await useTestDatabase();
  await installDatabaseClock();
  await Promise.all(
    ["ada", "bob", "cleo", "dan", "eve", "fay"].map((name) => signUp({ email: `${name}@example.com`, password })),
  );
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

/** What came of one attempt: somebody's e-mail, "wrong", or how long to wait. */
async function attempt(email: string, secret: string, address: string, now = start): Promise<string> {
  await stopDatabaseClock(now);
  try {
    return (await signIn({ email, password: secret, address }))?.email ?? "wrong";
  } catch (error) {
    if (error instanceof GatewayError && error.code === "too_many_failures") return error.message;
    throw error;
  }
}

async function wrong(times: number, email: string, address: string, now = start): Promise<string[]> {
  const outcomes: string[] = [];
  for (let index = 0; index < times; index += 1) outcomes.push(await attempt(email, "wrong password", address, now));
  return outcomes;
}

describe("signing in", () => {
  test("takes the right password, in any case and spacing of the e-mail, and no other", async () => {
    expect(await attempt(" Ada@Example.com", password, "198.51.100.1")).toBe("ada@example.com");
    expect(await attempt("ada@example.com", `${password} `, "198.51.100.1")).toBe("wrong");
    expect(await attempt("nobody@example.com", password, "198.51.100.1")).toBe("wrong");
    expect(await attempt("not an e-mail", password, "198.51.100.1")).toBe("wrong");
  });

  test("is blocked after five wrong passwords, for the right one too, and says how long", async () => {
    expect(await wrong(5, "bob@example.com", "198.51.100.2")).toEqual(Array(5).fill("wrong"));
    const blocked = "Too many failed sign-ins. Try again in 30 seconds.";
    expect(await attempt("bob@example.com", password, "198.51.100.2")).toBe(blocked);
    expect(await attempt("bob@example.com", password, "198.51.100.3")).toBe("bob@example.com");
    expect(await attempt("bob@example.com", "again wrong", "198.51.100.2", later(30))).toBe("wrong");
    const doubled = "Too many failed sign-ins. Try again in 60 seconds.";
    expect(await attempt("bob@example.com", password, "198.51.100.2", later(30))).toBe(doubled);
    expect(await attempt("bob@example.com", password, "198.51.100.2", later(91))).toBe("bob@example.com");
  });

  test("starts counting anew after a success", async () => {
    await wrong(4, "cleo@example.com", "198.51.100.4");
    expect(await attempt("cleo@example.com", password, "198.51.100.4")).toBe("cleo@example.com");
    expect(await wrong(4, "cleo@example.com", "198.51.100.4")).toEqual(Array(4).fill("wrong"));
    expect(await attempt("cleo@example.com", password, "198.51.100.4")).toBe("cleo@example.com");
  });

  test("is blocked for an e-mail guessed at from many addresses, also one of the same /64", async () => {
    for (let index = 0; index < 25; index += 1) await wrong(1, "dan@example.com", `203.0.113.${index}`);
    expect(await attempt("dan@example.com", password, "203.0.113.200")).toMatch(/^Too many failed sign-ins/);
    for (let index = 0; index < 5; index += 1) await wrong(1, "eve@example.com", `2001:db8::${index}`);
    expect(await attempt("eve@example.com", password, "2001:db8::ffff")).toMatch(/^Too many failed sign-ins/);
  });

  test("guesses made at the same moment do not slip past the limit together", async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => beginAttempt("signin", { email: "fay@example.com", address: "198.51.100.9" })),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(5);
  });

  test("is never blocked where the operator switched that off", async () => {
    setEnvironment({ BRUTE_FORCE_ENABLED: "false" });
    const rows = await prisma().block.count();
    expect(await wrong(7, "ada@example.com", "198.51.100.7")).toEqual(Array(7).fill("wrong"));
    expect(await prisma().block.count()).toBe(rows);
    setEnvironment({ BRUTE_FORCE_ENABLED: undefined });
  });
});
