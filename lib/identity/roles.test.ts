import { expect, test } from "vitest";
import { ACTS, type Act, can } from "@/lib/identity/roles";

const acts = Object.keys(ACTS).filter((act): act is Act => act in ACTS);

test("an owner may do everything", () => {
  expect(acts.filter((act) => !can("owner", act))).toEqual([]);
});

test("a viewer changes nothing", () => {
  const changing = acts.filter((act) => /\.(create|update|update_own|update_any|delete|manage)$/.test(act));
  expect(changing.filter((act) => can("viewer", act))).toEqual([]);
});

test("a developer makes keys and changes their own, not other people's", () => {
  expect(can("developer", "keys.create")).toBe(true);
  expect(can("developer", "keys.update_own")).toBe(true);
  expect(can("developer", "keys.update_any")).toBe(false);
  expect(can("developer", "provider_keys.manage")).toBe(false);
});

test("billing sees money and neither keys nor the log", () => {
  expect(can("billing", "billing.manage")).toBe(true);
  expect(can("billing", "keys.view")).toBe(false);
  expect(can("billing", "logs.view")).toBe(false);
});
