import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { generateSecret } from "@/lib/keys/secret";

const STORE = "@/lib/keys/caller-store";
const store = { reads: 0 };

// A copy of the modules of its own: those that other files have loaded, or will, have the real store.
beforeAll(() => {
  const read = async () => {
    store.reads += 1;
    throw new Error("the database was asked");
  };
  vi.doMock(STORE, () => ({ readCaller: read, readMasterCaller: read, readLocalCaller: read }));
  vi.resetModules();
});
afterAll(() => {
  vi.doUnmock(STORE);
  vi.resetModules();
});

const GUESSES = 1_000_000;

/** Of a fixed key, so that none of the guesses is right by chance, on any day. */
const HEAD = `tp_live_${"0".repeat(30)}`;

test("security: a million keys with a wrong checksum ask the database nothing", async () => {
  const { authenticate } = await import("@/lib/gateway/authenticate");
  const { GatewayError } = await import("@/lib/core/errors");
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
