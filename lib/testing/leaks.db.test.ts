import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { closeDatabase, pool } from "@/lib/infra/db";
import { findLeaksIn, registerSecret, TRACES_VARIABLE } from "@/lib/testing/leaks";
import { useTestDatabase } from "@/lib/testing/test-database";

test("a secret in any text or JSON column is found when its database is thrown away", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "turnpike-traces-"));
  const before = process.env[TRACES_VARIABLE];
  process.env[TRACES_VARIABLE] = folder;
  const database = await useTestDatabase();
  try {
    await pool().query("CREATE TABLE planted (note text, facts jsonb)");
    await pool().query("INSERT INTO planted VALUES ($1, $2)", [
      "the key sk-planted-in-a-text-0123",
      JSON.stringify({ deep: [{ token: "sk-planted-in-json-0123" }] }),
    ]);
    for (const secret of ["sk-planted-in-a-text-0123", "sk-planted-in-json-0123", "sk-planted-nowhere-0123"])
      registerSecret(secret);
    await closeDatabase();
    await database.drop();
    expect(findLeaksIn(folder)).toHaveLength(2);
  } finally {
    if (before === undefined) delete process.env[TRACES_VARIABLE];
    else process.env[TRACES_VARIABLE] = before;
    rmSync(folder, { recursive: true });
  }
});
