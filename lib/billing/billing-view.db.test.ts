import { afterAll, beforeAll, expect, test } from "vitest";
import { readBilling } from "@/lib/billing/billing-view";
import { receiveStripeEvent } from "@/lib/billing/receive-stripe-event";
import { parseUsd } from "@/lib/core/money";
import { closeDatabase } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { makeTenant } from "@/lib/testing/builders";
import { eventsOf, insertPendingTopUp } from "@/lib/testing/stripe-events";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

test("what the billing page lists as paid is in the balance that it shows, at whatever moment the webhook lands", async () => {
  const { organizationId } = await makeTenant();
  for (let bought = 1; bought <= 12; bought += 1) {
    const purchase = await insertPendingTopUp(organizationId, parseUsd("20"), parseUsd("1"));
    let isTaken = false;
    const taken = receiveStripeEvent(eventsOf(purchase).completed()).then(() => {
      isTaken = true;
    });
    const looks = Array.from({ length: 3 }, async () => {
      do {
        const { balance, topUps } = await readBilling(organizationId);
        const paid = topUps.filter(({ status }) => status === "paid").length;
        expect(Number(balance)).toBeGreaterThanOrEqual(5 + 20 * paid);
      } while (!isTaken);
    });
    await Promise.all([taken, ...looks]);
  }
});
