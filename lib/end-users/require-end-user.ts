import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";
import { shareEndUser } from "@/lib/end-users/store";
import type { Tx } from "@/lib/infra/db";

/** The answer for an end user who is not there (CONTRACT section 2). */
export function endUserNotFound(name: string): GatewayError {
  return new GatewayError("user_not_found", `User '${cleanText(name, 200)}' not found`);
}

/**
 * The id of an end user by the name that our customer gave them, held as they are until the transaction ends.
 * @throws GatewayError user_not_found.
 */
export async function requireEndUser(tx: Tx, organizationId: string, name: string): Promise<string> {
  const id = await shareEndUser(tx, organizationId, name);
  if (id === null) throw endUserNotFound(name);
  return id;
}
