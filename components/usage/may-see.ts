import type { Act } from "@/lib/identity/roles";
import type { BreakdownBy } from "@/lib/usage/measures";

/** What a role has to allow to see usage by this; names of keys and of end users are not for everyone. */
const NEEDED: Readonly<Partial<Record<BreakdownBy, Act>>> = {
  key: "keys.view",
  user: "logs.view",
  member: "members.view",
};

/** Whether usage may be seen by this. */
export function maySee(by: BreakdownBy, may: (act: Act) => boolean): boolean {
  const needed = NEEDED[by];
  return needed === undefined || may(needed);
}
