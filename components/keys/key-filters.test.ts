import { expect, test } from "vitest";
import { filterKeys, type KeyFilters } from "@/components/keys/key-filters";
import type { KeyView } from "@/lib/keys/key-view";

const PLAIN: KeyView = {
  id: "key_1",
  projectId: "prj_1",
  name: "checkout",
  preview: "tp_live_abcd…wxyz",
  oldSecret: null,
  environment: "live",
  status: "active",
  isExpired: false,
  scopes: [],
  usage: "0.00",
  usageLimit: null,
  usageLimitReset: "none",
  limitUsed: "0.00",
  limitHeld: "0.00",
  limitRemaining: null,
  resetsAt: null,
  rateLimitRpm: null,
  rateLimitTpm: null,
  createdById: null,
  createdAt: "2026-11-21T00:00:00.000Z",
  lastUsedAt: null,
  expiresAt: null,
  endUser: null,
  rules: [],
  metadata: {},
};
const KEYS: readonly KeyView[] = [
  PLAIN,
  { ...PLAIN, id: "key_2", name: "Nightly", environment: "test", status: "inactive" },
  { ...PLAIN, id: "key_3", name: "old", isExpired: true, endUser: "ACME-17" },
  {
    ...PLAIN,
    id: "key_4",
    name: "rotated",
    preview: "tp_live_ffff…1234",
    oldSecret: { preview: "tp_live_eeee…0000", expiresAt: "2026-11-22T00:00:00.000Z", lastUsedAt: null, isLate: false },
  },
];
const ALL: KeyFilters = { q: "", environment: "all", status: "all" };
const found = (filters: Partial<KeyFilters>) => filterKeys(KEYS, { ...ALL, ...filters }).map(({ id }) => id);

test("keys are found by name, by what is shown of the secret, by id and by end user, in any case", () => {
  expect(found({})).toHaveLength(4);
  expect(found({ q: " NIGHT" })).toEqual(["key_2"]);
  expect(found({ q: "…1234" })).toEqual(["key_4"]);
  expect(found({ q: "key_3" })).toEqual(["key_3"]);
  expect(found({ q: "acme" })).toEqual(["key_3"]);
  expect(found({ q: "nobody's" })).toEqual([]);
});

test("a filter of status names what a key can do now: an expired one is not active", () => {
  expect(found({ status: "active" })).toEqual(["key_1", "key_4"]);
  expect(found({ status: "disabled" })).toEqual(["key_2"]);
  expect(found({ status: "expired" })).toEqual(["key_3"]);
  expect(found({ status: "rotating" })).toEqual(["key_4"]);
  expect(found({ status: "disabled", environment: "live" })).toEqual([]);
});
