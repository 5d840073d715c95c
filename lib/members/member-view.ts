import { type RuleView, ruleView } from "@/lib/iam/rule-view";
import type { Role } from "@/lib/identity/roles";
import type { MemberRow } from "@/lib/members/store";

/** A member as pages and components see them. Times are ISO 8601. */
export interface MemberView {
  id: string;
  userId: string;
  name: string | null;
  email: string;
  role: Role;
  joinedAt: string;
  rules: RuleView[];
}

export function memberView({ id, userId, user, role, createdAt, iamRules }: MemberRow): MemberView {
  return {
    id,
    userId,
    name: user.name,
    email: user.email,
    role,
    joinedAt: createdAt.toISOString(),
    rules: iamRules.map(ruleView),
  };
}
