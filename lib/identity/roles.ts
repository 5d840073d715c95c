/** What a member of an organisation may be, from who may do most to who may do least. */
export const ROLES = ["owner", "admin", "developer", "billing", "viewer"] as const;
export type Role = (typeof ROLES)[number];

const everyone = ROLES;
const managers = ["owner", "admin"] as const;
const builders = ["owner", "admin", "developer"] as const;
const technical = ["owner", "admin", "developer", "viewer"] as const;
const payers = ["owner", "admin", "billing"] as const;

/** The one table of who may do what; pages, actions and domain functions all ask it. */
export const ACTS = {
  "organization.view": everyone,
  "organization.update": managers,
  "organization.delete": ["owner"],
  "members.view": everyone,
  "members.manage": managers,
  "project.view": everyone,
  "project.create": managers,
  "project.update": managers,
  "project.delete": managers,
  "keys.view": technical,
  "keys.create": builders,
  /** Disable, enable, change, rotate, delete what oneself made. */
  "keys.update_own": builders,
  "keys.update_any": managers,
  "provider_keys.view": technical,
  "provider_keys.manage": managers,
  "rules.view": technical,
  "rules.manage": managers,
  "end_users.view": technical,
  "end_users.manage": managers,
  "usage.view": everyone,
  "logs.view": technical,
  "captures.view": builders,
  "billing.view": payers,
  "billing.manage": payers,
  "audit.view": managers,
  "books.view": ["owner"],
} as const satisfies Record<string, readonly Role[]>;

/** Something that a member does. */
export type Act = keyof typeof ACTS;

/** Whether a member with this role may do this. */
export function can(role: Role, act: Act): boolean {
  const allowed: readonly Role[] = ACTS[act];
  return allowed.includes(role);
}

/** The roles that each may give and take: none above their own. */
const GRANTS: Readonly<Record<Role, readonly Role[]>> = {
  owner: ROLES,
  admin: ["admin", "developer", "billing", "viewer"],
  developer: [],
  billing: [],
  viewer: [],
};

/** Whether a member with this role may make somebody `granted`, or change and remove somebody who is. */
export function mayGrant(role: Role, granted: Role): boolean {
  return GRANTS[role].includes(granted);
}
