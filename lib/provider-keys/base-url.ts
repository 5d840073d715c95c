import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { GatewayError } from "@/lib/core/errors";
import { config } from "@/lib/infra/config";
import { isPrivateAddress } from "@/lib/infra/private-addresses";

/**
 * Refuses a base URL that leads into a private network, unless `ALLOW_PRIVATE_UPSTREAMS` is set (CONTRACT section 12).
 * A host that cannot be looked up now passes: what its name says later is checked where the call is made.
 * @throws GatewayError invalid_fields.
 */
export async function refusePrivateBaseUrl(baseUrl: string | null): Promise<void> {
  if (baseUrl === null || config().allowPrivateUpstreams) return;
  const host = new URL(baseUrl).hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(host) ? [host] : await addressesOf(host);
  if (!addresses.some(isPrivateAddress)) return;
  const message = "This address is on a private network; the operator can allow that with ALLOW_PRIVATE_UPSTREAMS=true";
  throw new GatewayError("invalid_fields", message, { param: "base_url", metadata: { fields: { baseUrl: message } } });
}

async function addressesOf(host: string): Promise<string[]> {
  if (/(^|\.)(localhost|local|internal)\.?$/i.test(host)) return ["127.0.0.1"];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}
