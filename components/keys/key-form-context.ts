import { ruleCatalogue } from "@/components/iam/rule-catalogue";
import type { KeyFormContext } from "@/components/keys/key-form";
import type { OrganizationContext } from "@/lib/edge/session";
import { listEndUsers } from "@/lib/end-users/read-end-users";

/** End users that are offered for choosing; any other can be typed. */
const END_USERS_OFFERED = 200;

/** What the forms of keys need to know in an organisation. */
export async function keyFormContext({ organization, may }: OrganizationContext): Promise<KeyFormContext> {
  const users = may("keys.create")
    ? await listEndUsers({ organizationId: organization.id, skip: 0, limit: END_USERS_OFFERED })
    : [];
  return {
    catalogue: ruleCatalogue(),
    endUsers: users.map(({ name }) => name),
    mayMakeAdminKeys: may("organization.update"),
  };
}
