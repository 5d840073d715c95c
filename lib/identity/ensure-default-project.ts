import { createOrganization } from "@/lib/identity/create-organization";
import { findDefaultOrganization, lockInstallation } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import { SCOPES } from "@/lib/keys/scopes";
import { insertMasterKey } from "@/lib/keys/store";
import { createMeter } from "@/lib/meters/store";

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
    const key = await insertMasterKey(tx, { organizationId, projectId, scopes: [...SCOPES] });
    await createMeter(tx, {
      organizationId,
      subject: "api_key",
      subjectId: key.id,
      kind: "spend",
      unit: "usd",
      limit: null,
    });
  });
}
