import { expect, test } from "vitest";
import { trailFilters } from "@/components/audit/audit-filters";

const none = { actor: "", action: "", from: "", to: "", before: "" };

test("both days are within, from midnight to midnight UTC", () => {
  expect(trailFilters({ ...none, from: "2026-11-20", to: "2026-11-21" })).toEqual({
    from: new Date("2026-11-20T00:00:00Z"),
    until: new Date("2026-11-22T00:00:00Z"),
  });
});

test("what is no day, and what is empty, narrows nothing", () => {
  expect(trailFilters({ ...none, from: "2026-13-40", to: "yesterday" })).toEqual({});
  expect(trailFilters(none)).toEqual({});
});
