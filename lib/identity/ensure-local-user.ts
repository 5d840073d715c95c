import { createHiddenKey } from "@/lib/identity/create-hidden-key";
import { findDefaultOrganization, lockInstallation } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import { hasLocalKey } from "@/lib/keys/store";

/**
 * Makes what requests are recorded under where authentication is off: the local user's key, of the default project, once,
 * however many processes start together. To be called after `ensureDefaultProject`.
 */
export async function ensureLocalUser(): Promise<void> {
  await transaction(async (tx) => {
    await lockInstallation(tx);
    const defaults = await findDefaultOrganization(tx);
    if (defaults && !(await hasLocalKey(tx))) await createHiddenKey(tx, "local", defaults);
  });
}
