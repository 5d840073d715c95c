import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import { applyPriceOverrides, offersOf } from "@/lib/catalog/price-overrides";
import { GatewayError } from "@/lib/core/errors";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, pool, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { deletePriceOverride } from "@/lib/pricing/delete-price-override";
import { listPriceOverrides } from "@/lib/pricing/list-price-overrides";
import { refreshPrices, startRefreshingPrices, stopRefreshingPrices } from "@/lib/pricing/refresh-prices";
import type { PriceOverrideInput } from "@/lib/pricing/schemas";
import { setPriceOverride } from "@/lib/pricing/set-price-override";
import { eventually } from "@/lib/testing/gateway";
import { useTestDatabase } from "@/lib/testing/test-database";

const MASTER = { master: true, address: "192.0.2.1" } as const;
const MINI = findModel("gpt-4o-mini").model;

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({ LOG_LEVEL: "silent" });
});
afterAll(async () => {
  stopRefreshingPrices();
  await closeDatabase();
  await database.drop();
});
afterEach(async () => {
  for (const { modelKey } of await listPriceOverrides()) await deletePriceOverride(modelKey, MASTER);
});

const set = (changes: Partial<PriceOverrideInput> = {}) =>
  setPriceOverride(
    { modelKey: "openai:gpt-4o-mini", inputPricePerMillion: "1", outputPricePerMillion: 2.5, ...changes },
    MASTER,
  );

const priceNow = () => offersOf(MINI).find(({ provider }) => provider === "openai")?.price;

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

describe("a price of the operator's own", () => {
  test("is in force here as soon as it is set, and the catalogue's again as soon as it is taken back", async () => {
    const view = await set({ cacheWriteHourPricePerMillion: "4", requestPrice: "0.01" });
    expect(view).toMatchObject({
      modelKey: "openai:gpt-4o-mini",
      inputPricePerMillion: "1.00",
      outputPricePerMillion: "2.50",
      cachedInputPricePerMillion: null,
      cacheWriteHourPricePerMillion: "4.00",
      requestPrice: "0.01",
    });
    expect(priceNow()).toEqual({
      input: 1_000_000_000n,
      output: 2_500_000_000n,
      cacheWriteHour: 4_000_000_000n,
      request: 10_000_000n,
    });
    expect(await listPriceOverrides()).toEqual([view]);
    await deletePriceOverride("openai/gpt-4o-mini", MASTER);
    expect(priceNow()).toBe(MINI.offers[0]?.price);
    expect(await listPriceOverrides()).toEqual([]);
  });

  test("set again is replaced whole: what is left out is gone", async () => {
    await set({ cachedInputPricePerMillion: "0.5" });
    const view = await set({ inputPricePerMillion: "3" });
    expect(view).toMatchObject({ inputPricePerMillion: "3.00", cachedInputPricePerMillion: null });
    expect(await listPriceOverrides()).toHaveLength(1);
  });

  test("is in the installation's audit trail, before and after", async () => {
    await set();
    await set({ inputPricePerMillion: "3" });
    await deletePriceOverride("openai:gpt-4o-mini", MASTER);
    const events = await prisma().auditEvent.findMany({
      where: { organizationId: "" },
      orderBy: { id: "desc" },
      take: 3,
    });
    expect(events.reverse()).toMatchObject([
      { actor: "master", action: "price.set", target: "price:openai:gpt-4o-mini", before: null, address: "192.0.2.1" },
      { action: "price.set", before: { input_price_per_million: "1.00" }, after: { input_price_per_million: "3.00" } },
      { action: "price.delete", before: { input_price_per_million: "3.00" }, after: null },
    ]);
  });

  test("cannot be taken back where there is none, nor set for what no provider serves", async () => {
    expect(await codeOf(deletePriceOverride("openai:gpt-4o-mini", MASTER))).toBe("not_found");
    expect(await codeOf(deletePriceOverride("no such thing", MASTER))).toBe("not_found");
    expect(await codeOf(deletePriceOverride("", MASTER))).toBe("invalid_body");
    expect(await codeOf(set({ modelKey: "openai:no-such-model" }))).toBe("invalid_fields");
    expect(await codeOf(set({ inputPricePerMillion: "-1" }))).toBe("invalid_body");
    expect(await listPriceOverrides()).toEqual([]);
  });

  test("twice at once is one price, and neither is lost on the others", async () => {
    await Promise.all([
      set({ inputPricePerMillion: "1" }),
      set({ inputPricePerMillion: "2" }),
      set({ modelKey: "openai:gpt-4o" }),
    ]);
    expect(await listPriceOverrides()).toHaveLength(2);
    const [row] = (await listPriceOverrides()).filter(({ modelKey }) => modelKey === "openai:gpt-4o-mini");
    expect(priceNow()?.input).toBe(row?.inputPricePerMillion === "1.00" ? 1_000_000_000n : 2_000_000_000n);
  });

  test("of a model that the catalogue knows no more can still be listed and taken back", async () => {
    await pool().query(
      "INSERT INTO price_override (model_key, input_price, output_price, updated_at) VALUES ('openai:gone', 1, 1, now())",
    );
    expect(await listPriceOverrides()).toMatchObject([{ modelKey: "openai:gone" }]);
    await deletePriceOverride("openai:gone", MASTER);
    expect(await listPriceOverrides()).toEqual([]);
  });
});

describe("another instance", () => {
  /** What it does: the row, and the version that belongs to it. */
  const changeElsewhere = () =>
    pool().query(`WITH v AS (UPDATE price_version SET version = version + 1)
      INSERT INTO price_override (model_key, input_price, output_price, updated_at) VALUES ('openai:gpt-4o-mini', 5, 6, now())`);

  test("is noticed at the next look, which is within a second", async () => {
    await startRefreshingPrices();
    await changeElsewhere();
    await eventually(priceNow, (price) => price?.input === 5n);
    stopRefreshingPrices();
  });

  test("that changed nothing costs no work: what is in force stays as it is", async () => {
    await refreshPrices();
    const marked = new Map([["openai:gpt-4o-mini", { input: 77n, output: 77n }]]);
    applyPriceOverrides(marked);
    await refreshPrices();
    expect(priceNow()?.input).toBe(77n);
    await changeElsewhere();
    await refreshPrices();
    expect(priceNow()?.input).toBe(5n);
  });
});

test("no price below nothing gets into the table, whoever writes it", async () => {
  await expect(
    pool().query(
      "INSERT INTO price_override (model_key, input_price, output_price, updated_at) VALUES ('x:y', 1, -1, now())",
    ),
  ).rejects.toThrow(/price_override_is_not_negative/);
});
