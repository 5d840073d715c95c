import { GatewayError } from "@/lib/core/errors";
import { ENDPOINTS, type Endpoint } from "@/lib/gateway/endpoints";
import type { Caller } from "@/lib/keys/caller";

/**
 * Whether this caller may use this endpoint at all; said before anything about the body is.
 * @throws GatewayError insufficient_scope, naming the scope.
 */
export function authorise(caller: Caller, endpoint: Endpoint): void {
  const { scope } = ENDPOINTS[endpoint];
  if (!caller.scopes.includes(scope)) {
    throw new GatewayError(
      "insufficient_scope",
      `Access denied: This API key lacks the scope '${scope}', which ${endpoint} needs.`,
      { metadata: { scope } },
    );
  }
}
