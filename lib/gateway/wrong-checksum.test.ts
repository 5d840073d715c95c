import { expect, test, vi } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { authenticate } from "@/lib/gateway/authenticate";
import { generateSecret } from "@/lib/keys/secret";

const store = vi.hoisted(() => ({ reads: 0 }));
vi.mock("@/lib/keys/caller-store", () => {
  const read = async () => {
    store.reads += 1;
    throw new Error("the database was asked");
  };
  return { readCaller: read, readMasterCaller: read, readLocalCaller: read };
});

const GUESSES = 1_000_000;

/** Of a fixed key, so that none of the guesses is right by chance, on any day. */
const HEAD = `tp_live_${"0".repeat(30)}`;

test("security: a million keys with a wrong checksum ask the database nothing", async () => {
  const limit = Error.stackTraceLimit;
  // A trace for each of a million errors would be most of the test's time.
  Error.stackTraceLimit = 0;
  let refused = 0;
  try {
    for (let guess = 0; guess < GUESSES; guess += 1) {
      try {
        authenticate(HEAD + guess.toString(36).padStart(8, "0"), guess % 2 === 0);
      } catch (error) {
        if (error instanceof GatewayError && error.code === "invalid_key") refused += 1;
      }
    }
  } finally {
    Error.stackTraceLimit = limit;
  }
  expect([refused, store.reads]).toEqual([GUESSES, 0]);
  // One whose checksum is right is looked for.
  await expect(authenticate(generateSecret("live").secret, true)).rejects.toThrow("the database was asked");
  expect(store.reads).toBe(1);
});
