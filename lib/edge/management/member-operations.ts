import { z } from "zod";
import { NOTHING } from "@/lib/edge/described-operation";
import { operation, organizationFor } from "@/lib/edge/management/operation";
import {
  organizationQuery,
  pageQuery,
  ruleAnswer,
  ruleObject,
  rulesSchema,
  timeAnswer,
} from "@/lib/edge/management/schemas";
import { setRules } from "@/lib/iam/set-rules";
import { ROLES } from "@/lib/identity/roles";
import type { MemberView } from "@/lib/members/member-view";
import { listMemberPage, requireMember } from "@/lib/members/read-members";

const memberAnswer = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    name: z.string().nullable(),
    email: z.string(),
    role: z.enum(ROLES),
    iam_rules: z.array(ruleAnswer),
    created_at: timeAnswer,
  })
  .meta({ id: "Member" });

function memberObject(organizationId: string, member: MemberView): z.output<typeof memberAnswer> {
  return {
    id: member.id,
    organization_id: organizationId,
    name: member.name,
    email: member.email,
    role: member.role,
    iam_rules: member.rules.map(ruleObject),
    created_at: member.joinedAt,
  };
}

/** Members are invited, changed and removed by people; what the API sets is what their keys may do. */
export const memberOperations = [
  operation({
    method: "GET",
    path: "members",
    summary: "List the members of an organization, newest first.",
    query: pageQuery.extend(organizationQuery.shape),
    body: NOTHING,
    answer: z.array(memberAnswer),
    run: async ({ query: { organization_id, skip, limit }, ...asking }) => {
      const organizationId = await organizationFor(asking, organization_id);
      const members = await listMemberPage(organizationId, skip, limit);
      return members.map((member) => memberObject(organizationId, member));
    },
  }),
  operation({
    method: "GET",
    path: "members/{id}",
    summary: "Read a member, and the rules that hold for the keys that they made.",
    query: organizationQuery,
    body: NOTHING,
    answer: memberAnswer,
    run: async ({ id, query, ...asking }) => {
      const organizationId = await organizationFor(asking, query.organization_id);
      return memberObject(organizationId, await requireMember(organizationId, id));
    },
  }),
  operation({
    method: "PATCH",
    path: "members/{id}",
    summary: "Set the rules of a member, in place of all that they had; null: none. They act on the next request.",
    query: organizationQuery,
    body: z.strictObject({ iam_rules: rulesSchema.optional() }),
    answer: memberAnswer,
    run: async ({ id, query, body, ...asking }) => {
      const organizationId = await organizationFor(asking, query.organization_id);
      const member = await requireMember(organizationId, id);
      if (body.iam_rules === undefined) return memberObject(organizationId, member);
      const owner = { membershipId: id };
      const rules = await setRules({ organizationId, owner, rules: body.iam_rules, actor: asking.actor });
      return memberObject(organizationId, { ...member, rules });
    },
  }),
];
