import type { Act, Role } from "@/lib/identity/roles";

/** What a role is called, and whom it is for. */
export const ROLE_WORDS: Readonly<Record<Role, { label: string; description: string }>> = {
  owner: { label: "Owner", description: "Everything, also other owners and the books." },
  admin: { label: "Admin", description: "Members, projects, everybody's keys, provider keys and billing." },
  developer: { label: "Developer", description: "Makes keys and changes their own. Sees logs, usage and providers." },
  billing: { label: "Billing", description: "Credits, top-ups and usage. No keys and no logs." },
  viewer: { label: "Viewer", description: "Looks at keys, logs and usage, and changes nothing." },
};

/** What somebody does, in words for people; a forgotten act does not compile. */
export const ACT_WORDS: Readonly<Record<Act, string>> = {
  "organization.view": "See the organisation",
  "organization.update": "Change the organisation, pause all its keys",
  "organization.delete": "Delete the organisation",
  "members.view": "See members and roles",
  "members.manage": "Invite and remove members, change their roles",
  "project.view": "Open projects and their settings",
  "project.create": "Create projects",
  "project.update": "Change and pause projects",
  "project.delete": "Delete projects",
  "keys.view": "See keys",
  "keys.create": "Create keys, use the playground",
  "keys.update_own": "Change, rotate and delete their own keys",
  "keys.update_any": "Change, rotate and delete everybody's keys",
  "provider_keys.view": "See provider keys",
  "provider_keys.manage": "Add and remove provider keys",
  "rules.view": "See rules",
  "rules.manage": "Change rules of keys, projects and members",
  "end_users.view": "See end users and budgets",
  "end_users.manage": "Manage end users and budgets",
  "usage.view": "See usage and models",
  "logs.view": "See logs and receipts",
  "captures.view": "See what calls sent and answered, where it is kept",
  "billing.view": "See credits and top-ups",
  "billing.manage": "Buy credits, set balance alerts",
  "audit.view": "See and export the audit trail",
  "books.view": "See whether the books agree",
};
