import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { receiveStripeEvent } from "@/lib/billing/receive-stripe-event";
import { parseUsd } from "@/lib/core/money";
import { plainEnvironment } from "@/lib/infra/config";
import { closeDatabase, pool } from "@/lib/infra/db";
import { projectRoot } from "@/lib/infra/project-root";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { makeTenant } from "@/lib/testing/builders";
import { eventsOf, insertPendingTopUp } from "@/lib/testing/stripe-events";
import { TEST_SECRETS, useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

/** As `npm run books` runs it: the exit code, and what it printed. */
async function books(): Promise<{ code: number; printed: string }> {
  const run = promisify(execFile)(process.execPath, [path.join("scripts", "run.mjs"), "scripts/books.ts"], {
    cwd: projectRoot(),
    env: { ...plainEnvironment(), ...TEST_SECRETS, NODE_ENV: "production", DATABASE_URL: database.url },
  });
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, printed: stdout + stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      printed: stdout + stderr,
    }),
  );
}

test("npm run books exits 0 while the books agree, and else 1 and names the rows; the last result is kept", async () => {
  const { organizationId } = await makeTenant();
  const purchase = await insertPendingTopUp(organizationId, parseUsd("20"), parseUsd("1"));
  await receiveStripeEvent(eventsOf(purchase).completed());
  expect(await books()).toEqual({ code: 0, printed: expect.stringContaining("The books agree") });

  await pool().query(
    `UPDATE meter SET "limit" = "limit" + 1 WHERE subject = 'organization' AND subject_id = $1 AND kind = 'credits'`,
    [organizationId],
  );
  const { code, printed } = await books();
  expect([code, printed]).toEqual([1, expect.stringContaining("The books do not agree")]);
  expect(printed).toContain(organizationId);
  const { rows } = await pool().query<{ ok: boolean }>("SELECT ok FROM books_run ORDER BY ran_at");
  expect(rows.map(({ ok }) => ok)).toEqual([true, false]);
});
