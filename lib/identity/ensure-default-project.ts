import { createHiddenKey } from "@/lib/identity/create-hidden-key";
import { createOrganization } from "@/lib/identity/create-organization";
import { findDefaultOrganization, lockInstallation } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";

/**
 * Makes what every installation has, once, however many processes start together: the default organisation and project,
 * where the master key's requests go that name no other, and the key without a secret that those requests are held,
 * settled and recorded under.
 */
export async function ensureDefaultProject(): Promise<void> {
  if (await findDefaultOrganization()) return;
  await transaction(async (tx) => {
    await lockInstallation(tx);
    if (await findDefaultOrganization(tx)) return;
    const { organizationId, projectId } = await createOrganization(tx, {
      name: "Default organisation",
      ownerId: null,
      billingEmail: null,
      actor: { system: true },
      isDefault: true,
    });
    await createHiddenKey(tx, "master", { organizationId, projectId });
  });
}
