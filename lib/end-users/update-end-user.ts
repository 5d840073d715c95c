import type { Actor } from "@/lib/audit/actor";
import { storedJson } from "@/lib/audit/canonical-json";
import { recordAudit } from "@/lib/audit/record";
import { cleanText } from "@/lib/core/text";
import { budgetLimit } from "@/lib/end-users/budget-limit";
import type { EndUserView } from "@/lib/end-users/end-user-view";
import { requireEndUserView } from "@/lib/end-users/read-end-users";
import { endUserNotFound } from "@/lib/end-users/require-end-user";
import { lockEndUser, saveEndUser, shareBudget } from "@/lib/end-users/store";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import type { EndUser, Prisma } from "@/lib/infra/prisma-client/client";
import { bumpEndUserKeys } from "@/lib/keys/store";
import { limitSpendOf } from "@/lib/meters/store";

export interface EndUserUpdate {
  organizationId: string;
  /** As our customer names them. */
  name: string;
  /** What is left out stays as it is; null clears. */
  changes: { alias?: string | null; budgetId?: string | null; isBlocked?: boolean; metadata?: Prisma.InputJsonObject };
  actor: Actor;
}

/**
 * Changes an end user. A budget that is assigned anew begins with nothing spent. Every request admitted after the commit
 * is decided under the change.
 * @throws GatewayError user_not_found, forbidden; not_found for a budget that is not the organisation's.
 */
export async function updateEndUser({ organizationId, name, changes, actor }: EndUserUpdate): Promise<EndUserView> {
  await transaction(async (tx) => {
    await permit(tx, organizationId, actor, "end_users.manage");
    // The budget before the end user, then keys, then meters (lock order).
    const budget = changes.budgetId == null ? null : await shareBudget(tx, organizationId, changes.budgetId);
    if (changes.budgetId != null && !budget) throw notFound("Budget");
    const before = await lockEndUser(tx, { organizationId, name });
    if (!before) throw endUserNotFound(name);
    const after = await saveEndUser(tx, before.id, {
      ...(changes.alias === undefined ? {} : { alias: changes.alias === null ? null : cleanText(changes.alias, 200) }),
      ...(changes.budgetId === undefined ? {} : { budgetId: changes.budgetId }),
      ...(changes.isBlocked === undefined ? {} : { blocked: changes.isBlocked }),
      ...(changes.metadata === undefined ? {} : { metadata: changes.metadata }),
    });
    if (after.blocked !== before.blocked) await bumpEndUserKeys(tx, organizationId, before.id);
    if (after.budgetId !== before.budgetId)
      await limitSpendOf(tx, {
        subject: "end_user",
        subjectIds: [before.id],
        ...budgetLimit(budget),
        startsAnew: budget !== null,
      });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "user.update",
      target: `user:${name}`,
      before: described(before),
      after: described(after),
    });
  });
  return requireEndUserView({ organizationId, name });
}

function described({ alias, budgetId, blocked, metadata }: EndUser) {
  return { alias, budget_id: budgetId, blocked, metadata: storedJson.parse(metadata) };
}
