import { raiseAlert } from "@/lib/alerts/raise-alert";
import { transaction } from "@/lib/infra/db";
import { type LateUse, takeLateUses } from "@/lib/keys/old-secret-store";

/** Secrets that one look tells about; what is left comes with the next. */
const LOOK_LIMIT = 100;

const clock = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

/**
 * Raises an alert for each old secret that is still in use near the end of its grace period: once, by whichever process
 * looks first.
 * @returns how many were raised.
 */
export function checkOldSecrets(): Promise<number> {
  return transaction(async (tx) => {
    const late = await takeLateUses(tx, LOOK_LIMIT);
    for (const use of late) {
      await raiseAlert(tx, {
        organizationId: use.organizationId,
        kind: "old_secret_in_use",
        subject: "api_key",
        subjectId: use.keyId,
        projectId: use.projectId,
        userId: use.createdById,
        ...wordsOf(use),
      });
    }
    return late.length;
  });
}

function wordsOf({ keyName, prefix, lastFour, expiresAt, lastUsedAt }: LateUse): { title: string; text: string } {
  return {
    title: `The old secret of the key ${keyName} is still in use`,
    text: `${prefix}…${lastFour} stops working at ${clock.format(expiresAt)} UTC, and a program called with it at ${clock.format(lastUsedAt)} UTC. Give that program the new secret before, or it is refused.`,
  };
}
