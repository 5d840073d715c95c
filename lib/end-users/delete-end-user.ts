import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { endUserNotFound } from "@/lib/end-users/require-end-user";
import { lockEndUser, saveEndUser } from "@/lib/end-users/store";
import { permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { bumpEndUserKeys, disableEndUserKeys } from "@/lib/keys/store";

export interface EndUserDeletion {
  organizationId: string;
  /** As our customer names them. */
  name: string;
  actor: Actor;
}

/**
 * Deletes an end user: their keys are disabled, and requests that name them are refused from the commit on. What was
 * logged of them stays.
 * @throws GatewayError user_not_found, forbidden.
 */
export function deleteEndUser({ organizationId, name, actor }: EndUserDeletion): Promise<void> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "end_users.manage");
    const user = await lockEndUser(tx, { organizationId, name });
    if (!user) throw endUserNotFound(name);
    await saveEndUser(tx, user.id, { deletedAt: new Date() });
    await bumpEndUserKeys(tx, organizationId, user.id);
    await disableEndUserKeys(tx, user.id);
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "user.delete",
      target: `user:${name}`,
      before: { alias: user.alias, budget_id: user.budgetId, blocked: user.blocked },
    });
  });
}
