import { hash, timingSafeEqual } from "node:crypto";
import { config } from "@/lib/infra/config";

/**
 * Whether a credential is the installation's master key (CONTRACT section 2). Digests are compared, in constant time, so
 * neither the length nor a right beginning shows. Never, where none is set.
 */
export function isMasterKey(credential: string): boolean {
  const { gatewayMasterKey } = config();
  if (gatewayMasterKey === undefined) return false;
  return timingSafeEqual(hash("sha256", credential, "buffer"), hash("sha256", gatewayMasterKey, "buffer"));
}
