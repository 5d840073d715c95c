import { vi } from "vitest";

/*
 * Files that one worker runs share what comes from packages, which takes the longest to load. Our own modules remember what
 * they read from a database (prices, callers, blocks), on `globalThis` too, and each file has a database of its own: so each
 * begins without them.
 */
vi.resetModules();
for (const name of Object.keys(globalThis))
  if (/^turnpike(?!Test)/.test(name)) Reflect.deleteProperty(globalThis, name);
