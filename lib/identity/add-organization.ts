import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";
import { createOrganization } from "@/lib/identity/create-organization";
import { notFound } from "@/lib/identity/permit";
import { countOwned, lockUser } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";

/** Most organisations that one person owns. */
const OWNED_MAX = 20;

export interface AddedOrganization {
  name: string;
  userId: string;
  address: string | null;
}

/**
 * Makes one more organisation, with a first project, that this person owns.
 * @throws GatewayError conflict for whoever owns 20 already.
 */
export function addOrganization({
  name,
  userId,
  address,
}: AddedOrganization): Promise<{ organizationId: string; projectId: string }> {
  return transaction(async (tx) => {
    const user = await lockUser(tx, userId);
    if (!user) throw notFound("Account");
    if ((await countOwned(tx, userId)) >= OWNED_MAX) {
      throw new GatewayError("conflict", `You own ${OWNED_MAX} organisations already. Leave one of them first.`);
    }
    return createOrganization(tx, {
      name: cleanText(name, 100),
      ownerId: userId,
      billingEmail: user.email,
      actor: { userId, address },
    });
  });
}
