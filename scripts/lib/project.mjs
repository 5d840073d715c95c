import path from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..");

/** @param {string[]} parts below the root */
export const inRoot = (...parts) => path.join(root, ...parts);

/** A command-line program of an installed package, to be run by this Node. */
export const programs = {
  next: inRoot("node_modules", "next", "dist", "bin", "next"),
  prisma: inRoot("node_modules", "prisma", "build", "index.js"),
  vitest: inRoot("node_modules", "vitest", "vitest.mjs"),
  playwright: inRoot("node_modules", "@playwright", "test", "cli.js"),
  tsc: inRoot("node_modules", "typescript", "bin", "tsc"),
  biome: inRoot("node_modules", "@biomejs", "biome", "bin", "biome"),
};

/**
 * What keeps Prisma from fetching its native schema engine: told that there is one, it looks no further, and nothing
 * here ever runs it (client generation and migrations are WebAssembly).
 */
export const prismaEnvironment = {
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_SKIP_POSTINSTALL_GENERATE: "1",
  PRISMA_HIDE_UPDATE_MESSAGE: "1",
  CHECKPOINT_DISABLE: "1",
};
