import { equalSecrets } from "@/lib/core/equal-secrets";
import { config } from "@/lib/infra/config";

/**
 * Whether a credential is the installation's master key (CONTRACT section 2), in constant time. Never, where none is set.
 */
export function isMasterKey(credential: string): boolean {
  const { gatewayMasterKey } = config();
  return gatewayMasterKey !== undefined && equalSecrets(credential, gatewayMasterKey);
}
