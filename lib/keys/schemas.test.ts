import { expect, test } from "vitest";
import { createKeySchema, rotateKeySchema, updateKeySchema } from "@/lib/keys/schemas";

const form = { projectId: "prj_1", name: " CI " };

test("a name is enough for a key: live, no expiry, no limit", () => {
  expect(createKeySchema.parse(form)).toEqual({
    projectId: "prj_1",
    name: "CI",
    environment: "live",
    expiresAt: null,
    usageLimit: null,
    usageLimitReset: "none",
  });
});

test("a limit is read exactly, in nano-dollars", () => {
  expect(createKeySchema.parse({ ...form, usageLimit: "0.000000001" }).usageLimit).toBe(1n);
  expect(createKeySchema.parse({ ...form, usageLimit: " 1.25 " }).usageLimit).toBe(1_250_000_000n);
  expect(createKeySchema.parse({ ...form, usageLimit: "" }).usageLimit).toBeNull();
});

test.each(["0", "-1", "1e3", "abc", "1.0000000001", "9999999999"])("a limit of %s is refused", (usageLimit) => {
  expect(createKeySchema.safeParse({ ...form, usageLimit }).success).toBe(false);
});

test("an expiry is a time with its zone, in the future", () => {
  const expiresAt = new Date(Date.now() + 60_000).toISOString();
  expect(createKeySchema.parse({ ...form, expiresAt }).expiresAt).toEqual(new Date(expiresAt));
  for (const wrong of ["2020-01-01T00:00:00Z", "2099-01-01", "tomorrow"]) {
    expect(createKeySchema.safeParse({ ...form, expiresAt: wrong }).success).toBe(false);
  }
});

test("an update keeps what is left out apart from what is cleared", () => {
  const changes = updateKeySchema.parse({ projectId: "prj_1", keyId: "key_1", usageLimit: null });
  expect(changes.usageLimit).toBeNull();
  expect(changes.name).toBeUndefined();
  expect("expiresAt" in changes).toBe(false);
});

test("a grace period is a whole number of seconds, at most thirty days", () => {
  const rotation = { projectId: "prj_1", keyId: "key_1" };
  expect(rotateKeySchema.parse(rotation).gracePeriodSeconds).toBe(0);
  for (const gracePeriodSeconds of [-1, 1.5, 2_592_001]) {
    expect(rotateKeySchema.safeParse({ ...rotation, gracePeriodSeconds }).success).toBe(false);
  }
});
