import { vi } from "vitest";

/*
 * Files of one worker share what comes from packages, which takes the longest to load. Our own modules remember what they
 * read from a database (prices, callers, blocks), and each file has its own: so each file loads them anew.
 */
vi.resetModules();
