import { expect, test } from "vitest";
import { ACTS, type Act, can, type Role } from "@/lib/identity/roles";

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

const ROLES: readonly Role[] = ["owner", "admin", "developer", "billing", "viewer"];

/** The whole matrix, said once more by hand: an act that is new, or means another thing for a role, is changed here too. */
const MATRIX: Readonly<Record<Act, string>> = {
  "organization.view": "owner admin developer billing viewer",
  "organization.update": "owner admin",
  "organization.delete": "owner",
  "members.view": "owner admin developer billing viewer",
  "members.manage": "owner admin",
  "project.view": "owner admin developer billing viewer",
  "project.create": "owner admin",
  "project.update": "owner admin",
  "project.delete": "owner admin",
  "keys.view": "owner admin developer viewer",
  "keys.create": "owner admin developer",
  "keys.update_own": "owner admin developer",
  "keys.update_any": "owner admin",
  "provider_keys.view": "owner admin developer viewer",
  "provider_keys.manage": "owner admin",
  "rules.view": "owner admin developer viewer",
  "rules.manage": "owner admin",
  "end_users.view": "owner admin developer viewer",
  "end_users.manage": "owner admin",
  "usage.view": "owner admin developer billing viewer",
  "logs.view": "owner admin developer viewer",
  "captures.view": "owner admin developer",
  "billing.view": "owner admin billing",
  "billing.manage": "owner admin billing",
  "audit.view": "owner admin",
  "books.view": "owner",
};

test.each(acts)("%s is for exactly the roles that it is meant for", (act) => {
  expect(ROLES.filter((role) => can(role, act)).join(" ")).toBe(MATRIX[act]);
});
