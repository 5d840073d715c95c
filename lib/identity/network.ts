import { isIPv4, isIPv6 } from "node:net";

const GROUPS = 8;
const NETWORK_GROUPS = 4;
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * The network that counts as one client: an IPv4 address by itself, IPv6 by /64 (CONTRACT section 2), since one
 * subscriber has a whole /64. Anything else is `unknown`, all together.
 */
export function networkOf(address: string | null): string {
  const plain = address?.trim().split("%")[0] ?? "";
  const mapped = MAPPED_IPV4.exec(plain)?.[1] ?? plain;
  if (isIPv4(mapped)) return mapped;
  if (!isIPv6(mapped)) return "unknown";
  const [head = "", tail] = mapped.toLowerCase().split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(tail === undefined ? 0 : Math.max(0, GROUPS - before.length - after.length)).fill("0");
  const network = [...before, ...zeros, ...after].slice(0, NETWORK_GROUPS);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}

/**
 * The client's address out of `X-Forwarded-For`, which the server writes itself before a request reaches a page (from
 * the socket, or from trusted proxies): the first entry. Null when there is none.
 */
export function forwardedAddress(header: unknown): string | null {
  const first = typeof header === "string" ? header.split(",")[0]?.trim() : undefined;
  return first || null;
}
