import { GatewayError } from "@/lib/core/errors";
import type { Tx } from "@/lib/infra/db";
import type { Membership } from "@/lib/infra/prisma-client/client";
import { countOwners } from "@/lib/members/store";

/**
 * Refuses what would take the last owner from an organisation. Under the organisation's lock, so that two owners cannot go
 * at once.
 * @throws GatewayError conflict.
 */
export async function keepOwner(tx: Tx, { organizationId, role }: Membership): Promise<void> {
  if (role !== "owner" || (await countOwners(tx, organizationId)) > 1) return;
  throw new GatewayError("conflict", "An organisation always has an owner. Make somebody else an owner first.");
}
