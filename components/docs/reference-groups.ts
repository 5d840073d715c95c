import type { ReferenceOperation } from "@/components/docs/read-reference";

export interface ReferenceGroup {
  /** What stands in its page's address. */
  id: string;
  title: string;
  description: string;
  /** The first segments of the paths that belong to it. */
  resources: readonly string[];
}

/** The pages of the API reference, in order; `reference.test.ts` finds a call that none of them shows. */
export const REFERENCE_GROUPS: readonly ReferenceGroup[] = [
  {
    id: "answers",
    title: "Chats and texts",
    description: "Answers in the forms of OpenAI and Anthropic. Any chat model can be called in each form.",
    resources: ["chat", "completions", "responses", "messages"],
  },
  {
    id: "embeddings",
    title: "Embeddings",
    description: "Vectors of texts.",
    resources: ["embeddings"],
  },
  {
    id: "models",
    title: "Models and rules",
    description: "What the calling key may use, and why it may not use something else.",
    resources: ["models", "iam"],
  },
  {
    id: "receipts",
    title: "Receipts and credits",
    description: "What a request cost, what the organization has left, and what the calling key may still spend.",
    resources: ["generation", "credits", "key"],
  },
  {
    id: "keys",
    title: "Keys",
    description: "API keys: make, limit, narrow, disable, rotate and delete them.",
    resources: ["keys"],
  },
  {
    id: "projects",
    title: "Projects",
    description: "What keys belong to: a mode, a limit for all of them, rules and a response cache.",
    resources: ["projects"],
  },
  {
    id: "provider-keys",
    title: "Provider keys",
    description: "Your own keys at the providers. They are sealed; of each only the last four characters are shown.",
    resources: ["provider-keys"],
  },
  {
    id: "users",
    title: "End users",
    description: "Your customers: each has a meter of their own, and a budget if you assign one.",
    resources: ["users"],
  },
  {
    id: "members",
    title: "Members",
    description: "The people of an organization: their roles, and rules and spend limits for the keys that they make.",
    resources: ["members"],
  },
  {
    id: "organization",
    title: "Organization",
    description: "What all keys of an organization together may spend in a day and in a month.",
    resources: ["organization"],
  },
  {
    id: "budgets",
    title: "Budgets",
    description: "Templates of limits for end users: each who is assigned to one has it for themselves.",
    resources: ["budgets"],
  },
  {
    id: "pricing",
    title: "Prices",
    description: "Prices of this installation in place of the catalogue's.",
    resources: ["pricing"],
  },
  {
    id: "usage",
    title: "Usage",
    description: "Sums of what was used, by time, model, provider, key or user.",
    resources: ["usage"],
  },
  {
    id: "audit",
    title: "Audit",
    description: "Who changed what, when and from where.",
    resources: ["audit"],
  },
];

/** The calls that a group shows, in their order. */
export function operationsOf(group: ReferenceGroup, operations: readonly ReferenceOperation[]): ReferenceOperation[] {
  return operations.filter(({ path }) => group.resources.includes(path.split("/")[0] ?? ""));
}

/** The page of a group. */
export function referencePath(group: Pick<ReferenceGroup, "id">): `/docs/api/${string}` {
  return `/docs/api/${group.id}`;
}
