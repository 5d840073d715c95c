import type { Actor } from "@/lib/audit/actor";
import { storedJson } from "@/lib/audit/canonical-json";
import { recordAudit } from "@/lib/audit/record";
import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";
import { budgetLimit } from "@/lib/end-users/budget-limit";
import type { EndUserView } from "@/lib/end-users/end-user-view";
import { requireEndUserView } from "@/lib/end-users/read-end-users";
import { insertEndUser, lockEndUser, saveEndUser, shareBudget } from "@/lib/end-users/store";
import { notFound, permit } from "@/lib/identity/permit";
import { isUniqueViolation } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import type { Prisma } from "@/lib/infra/prisma-client/client";
import { createMeter, limitSpendOf } from "@/lib/meters/store";

export interface NewEndUser {
  organizationId: string;
  /** As our customer names them; unique in the organisation. */
  name: string;
  alias?: string | null;
  budgetId?: string | null;
  isBlocked?: boolean;
  metadata?: Prisma.InputJsonObject;
  actor: Actor;
}

function conflict(name: string): GatewayError {
  return new GatewayError("conflict", `User '${cleanText(name, 200)}' already exists`, { param: "user_id" });
}

/**
 * Makes an end user with a meter of their own, which a budget limits. Somebody who was deleted begins anew under the same
 * name: nothing spent, while what was logged of them stays.
 * @throws GatewayError conflict, forbidden; not_found for a budget that is not the organisation's.
 */
export async function createEndUser(wanted: NewEndUser): Promise<EndUserView> {
  const { organizationId, name, actor } = wanted;
  await insertOrRevive(wanted).catch((error: unknown) => {
    // Two made the same one at the same moment.
    throw isUniqueViolation(error) ? conflict(name) : error;
  });
  return requireEndUserView({ organizationId, name });

  function insertOrRevive({ alias = null, budgetId = null, isBlocked = false, metadata = {} }: NewEndUser) {
    return transaction(async (tx) => {
      await permit(tx, organizationId, actor, "end_users.manage");
      const budget = budgetId === null ? null : await shareBudget(tx, organizationId, budgetId);
      if (budgetId !== null && !budget) throw notFound("Budget");
      const before = await lockEndUser(tx, { organizationId, name, withDeleted: true });
      if (before && before.deletedAt === null) throw conflict(name);
      const fields = { alias: alias === null ? null : cleanText(alias, 200), budgetId, blocked: isBlocked, metadata };
      const user = before
        ? await saveEndUser(tx, before.id, { ...fields, deletedAt: null, createdAt: new Date() })
        : await insertEndUser(tx, { ...fields, organizationId, externalId: name });
      const { limit, period, periodSeconds } = budgetLimit(budget);
      const subject = { subject: "end_user", kind: "spend", unit: "usd" } as const;
      if (before)
        await limitSpendOf(tx, {
          subject: "end_user",
          subjectIds: [user.id],
          limit,
          period,
          periodSeconds,
          startsAnew: true,
        });
      else
        await createMeter(tx, {
          ...subject,
          organizationId,
          subjectId: user.id,
          limit,
          period,
          ...(periodSeconds === null ? {} : { periodSeconds }),
        });
      await recordAudit(tx, {
        organizationId,
        actor,
        action: "user.create",
        target: `user:${name}`,
        after: { alias: user.alias, budget_id: budgetId, blocked: isBlocked, metadata: storedJson.parse(metadata) },
      });
    });
  }
}
