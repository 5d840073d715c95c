import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseUsd } from "@/lib/core/money";
import { readKey } from "@/lib/gateway/read-key";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { createKey } from "@/lib/keys/create-key";
import { DEFAULT_SCOPES } from "@/lib/keys/scopes";
import { admissionOf, admitOne, meterOf, readAgain, settlementOf } from "@/lib/testing/admissions";
import { makeTenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

describe("a key", () => {
  test("reads about itself, in OpenRouter's names, and never the key", async () => {
    const tenant = await makeTenant();
    const expiresAt = new Date(Date.now() + 3_600_000);
    const { key, secret } = await createKey({
      organizationId: tenant.organizationId,
      projectId: tenant.projectId,
      name: "for a customer",
      environment: "live",
      expiresAt,
      usageLimit: parseUsd("2.50"),
      usageLimitReset: "monthly",
      rateLimitRpm: 60,
      actor: { userId: tenant.userId },
    });
    const { data } = await readKey(await readAgain(secret));
    expect(data).toEqual({
      id: key.id,
      label: `${secret.slice(0, 12)}…${secret.slice(-4)}`,
      name: "for a customer",
      scopes: [...DEFAULT_SCOPES],
      environment: "live",
      limit: 2.5,
      limit_remaining: 2.5,
      limit_reset: "monthly",
      include_byok_in_limit: true,
      usage: 0,
      usage_daily: 0,
      usage_weekly: 0,
      usage_monthly: 0,
      byok_usage: 0,
      byok_usage_daily: 0,
      byok_usage_weekly: 0,
      byok_usage_monthly: 0,
      rate_limit_rpm: 60,
      rate_limit_tpm: null,
      rate_limit: { requests: 60, interval: "1m", note: expect.any(String) },
      is_free_tier: false,
      is_management_key: false,
      is_provisioning_key: false,
      creator_user_id: tenant.userId,
      project_id: tenant.projectId,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      expires_at: expiresAt.toISOString(),
    });
    expect(JSON.stringify(data)).not.toContain(secret);
  });

  test("without limits says null, and -1 where OpenRouter does", async () => {
    const { secret } = await makeTenant({ environment: "test" });
    expect((await readKey(await readAgain(secret))).data).toMatchObject({
      environment: "test",
      limit: null,
      limit_remaining: null,
      limit_reset: null,
      rate_limit_rpm: null,
      rate_limit: { requests: -1 },
      expires_at: null,
    });
  });

  test("counts once what was used, whoever paid, and leaves what running requests hold out of what remains", async () => {
    const { secret } = await makeTenant({ usageLimit: parseUsd("1") });
    const caller = await readAgain(secret);
    const needs = [{ meterId: meterOf(caller, "spend"), amount: parseUsd("0.30") }];
    const [pooled, own, running] = [admissionOf(caller, needs), admissionOf(caller, needs), admissionOf(caller, needs)];
    for (const admission of [pooled, own, running]) await admitOne(admission);
    await settleBatch([
      settlementOf(pooled, parseUsd("0.10"), { charged: 0n, billedTo: "none" }),
      settlementOf(own, parseUsd("0.05"), { isByok: true, billedTo: "provider_key", charged: 0n }),
    ]);
    const { data } = await readKey(caller);
    expect(data).toMatchObject({ limit: 1, limit_remaining: 0.55, usage: 0.15, byok_usage: 0.05 });
    expect(data).toMatchObject({ usage_monthly: data.usage, byok_usage_monthly: data.byok_usage });
  });

  test("that has been deleted meanwhile is not there", async () => {
    const { secret, keyId } = await makeTenant();
    const caller = await readAgain(secret);
    await prisma().apiKey.update({ where: { id: keyId }, data: { status: "deleted" } });
    await expect(readKey(caller)).rejects.toMatchObject({ code: "not_found" });
  });
});
