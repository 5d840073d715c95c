import { INSTALLATION, recordAudit } from "@/lib/audit/record";
import { notFound } from "@/lib/identity/permit";
import { lockUser, saveUser } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";

/** Ends every session of a person on every device, the one that asks too. */
export function endSessions({ userId, address }: { userId: string; address: string | null }): Promise<void> {
  return transaction(async (tx) => {
    if (!(await lockUser(tx, userId))) throw notFound("Account");
    await saveUser(tx, userId, {}, { endSessions: true });
    await recordAudit(tx, {
      organizationId: INSTALLATION,
      actor: { userId, address },
      action: "account.end_sessions",
      target: `user:${userId}`,
    });
  });
}
