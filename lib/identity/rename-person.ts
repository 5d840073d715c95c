import { INSTALLATION, recordAudit } from "@/lib/audit/record";
import { cleanText } from "@/lib/core/text";
import { notFound } from "@/lib/identity/permit";
import { lockUser, saveUser } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";

export interface PersonName {
  userId: string;
  /** Empty: they are called by their e-mail address. */
  name: string;
  address: string | null;
}

/** Changes what somebody is called. */
export function renamePerson({ userId, address, ...wanted }: PersonName): Promise<void> {
  return transaction(async (tx) => {
    const user = await lockUser(tx, userId);
    if (!user) throw notFound("Account");
    const name = cleanText(wanted.name, 100) || null;
    if (name === user.name) return;
    await saveUser(tx, userId, { name });
    await recordAudit(tx, {
      organizationId: INSTALLATION,
      actor: { userId, address },
      action: "account.rename",
      target: `user:${userId}`,
      before: { name: user.name },
      after: { name },
    });
  });
}
