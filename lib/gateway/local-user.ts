import { GatewayError } from "@/lib/core/errors";
import type { Incoming } from "@/lib/gateway/incoming";
import { config } from "@/lib/infra/config";

/** Stands for a credential where none is asked for. With a space in it, so that no header can hold it. */
export const LOCAL_USER = "local user";

/**
 * Whether everyone is served as the local user (CONTRACT section 2). Only below `server.ts`, which then listens on the
 * loopback alone; a server that was started otherwise listens where it was told.
 */
export function isAuthenticationOff(): boolean {
  const { disableAuth, servedByServer } = config();
  return disableAuth && servedByServer;
}

/** The host of a Host header or an origin, without its port; null when it is none. */
function hostnameOf(text: string): string | null {
  const address = text.includes("://") ? text : `http://${text}`;
  return URL.canParse(address) ? new URL(address).hostname : null;
}

/**
 * Refuses what a web page elsewhere made somebody's browser send: the loopback is no boundary to pages, which reach it
 * with an `Origin` of their own, or under a name that they have led there (DNS rebinding).
 * @throws GatewayError forbidden.
 */
export function refuseForeign(header: Incoming["header"]): void {
  const ours = ["localhost", "127.0.0.1", "[::1]", hostnameOf(config().appUrl)];
  const [host, origin] = [header("host"), header("origin")];
  const isOurs = (text: string) => ours.includes(hostnameOf(text));
  if ((host === null || isOurs(host)) && (origin === null || isOurs(origin))) return;
  throw new GatewayError(
    "forbidden",
    "Authentication is off here, so only programs and pages of this machine are served.",
  );
}
