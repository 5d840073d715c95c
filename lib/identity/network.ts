import { isIPv4, isIPv6 } from "node:net";

const GROUPS = 8;
const NETWORK_GROUPS = 4;
/** ::ffff:0:0/96, IPv4 in IPv6's clothes (RFC 4291, section 2.5.5.2). */
const MAPPED_IPV4 = "0:0:0:0:0:ffff:";

/** The eight groups of an IPv6 address, whichever of its many spellings it comes in. */
function groupsOf(address: string): number[] {
  // Written by the URL standard: hexadecimal, small letters, one gap at most.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(tail === undefined ? 0 : GROUPS - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}

/**
 * The network that counts as one client: an IPv4 address by itself, IPv6 by /64 (CONTRACT section 2), since one
 * subscriber has a whole /64. Anything else is `unknown`, all together.
 */
export function networkOf(address: string | null): string {
  const plain = address?.trim().split("%")[0] ?? "";
  if (isIPv4(plain)) return plain;
  if (!isIPv6(plain)) return "unknown";
  const groups = groupsOf(plain);
  const text = groups.map((group) => group.toString(16));
  if (text.join(":").startsWith(MAPPED_IPV4)) {
    const [high = 0, low = 0] = groups.slice(-2);
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  }
  return `${text.slice(0, NETWORK_GROUPS).join(":")}::/64`;
}

/**
 * The client's address out of `X-Forwarded-For`, which the server writes itself before a request reaches a page (from
 * the socket, or from trusted proxies): the first entry. Null when there is none.
 */
export function forwardedAddress(header: unknown): string | null {
  const first = typeof header === "string" ? header.split(",")[0]?.trim() : undefined;
  return first || null;
}
