import { afterAll, beforeAll, expect, test } from "vitest";
import { parseUsd } from "@/lib/core/money";
import { readCredits } from "@/lib/gateway/read-credits";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { raiseMeterLimit } from "@/lib/meters/store";
import { admissionOf, admitOne, makeCaller, meterOf, settlementOf } from "@/lib/testing/admissions";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
  // Without the welcome credits.
  setEnvironment({ TURNPIKE_EMBEDDED_DATABASE: "false" });
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

test("credits are what was given, what was used, what is left and what is held, of the caller's organisation alone", async () => {
  const caller = await makeCaller({ credits: parseUsd("12.5"), mode: "credits" });
  const other = await makeCaller({ mode: "credits" });
  const needs = [{ meterId: meterOf(caller, "credits"), amount: parseUsd("0.40") }];
  const [used, running] = [admissionOf(caller, needs), admissionOf(caller, needs)];
  for (const admission of [used, running]) expect(await admitOne(admission)).toMatchObject({ kind: "admitted" });
  await settleBatch([settlementOf(used, parseUsd("0.000005250"))]);
  expect(await readCredits(caller)).toEqual({
    data: { total_credits: 12.5, total_usage: 0.00000525, balance: "12.49999475", held: "0.40" },
  });
  expect(await readCredits(other)).toEqual({
    data: { total_credits: 0, total_usage: 0, balance: "0.00", held: "0.00" },
  });
});

test("credits that were taken back after they were spent are a balance below zero", async () => {
  const caller = await makeCaller({ credits: parseUsd("1"), mode: "credits" });
  const admission = admissionOf(caller, [{ meterId: meterOf(caller, "credits"), amount: parseUsd("1") }]);
  await admitOne(admission);
  await settleBatch([settlementOf(admission, parseUsd("0.75"))]);
  await transaction((tx) =>
    raiseMeterLimit(
      tx,
      { subject: "organization", subjectId: caller.organizationId, kind: "credits", unit: "usd" },
      -parseUsd("1"),
    ),
  );
  expect(await readCredits(caller)).toEqual({
    data: { total_credits: 0, total_usage: 0.75, balance: "-0.75", held: "0.00" },
  });
});
