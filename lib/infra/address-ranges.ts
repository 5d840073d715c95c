import { BlockList, isIP } from "node:net";

const MAPPED = new BlockList();
MAPPED.addSubnet("::ffff:0:0", 96, "ipv6");
const MAPPED_PREFIX = 96;

const familyOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

function isMapped(address: string): boolean {
  return isIP(address) === 6 && MAPPED.check(address, "ipv6");
}

/**
 * Whether an address is in one of these addresses and ranges (`10.0.0.0/8`, `2001:db8::/32`), which have been checked
 * for being some. IPv4 in IPv6's clothes (`::ffff:10.0.0.1`) is IPv4, in ranges as in addresses, and no range of IPv6 holds
 * any of IPv4. What is no address is in none.
 */
export function addressRanges(ranges: readonly string[]): (address: string) => boolean {
  // One list for each family: a list takes IPv4 addresses for mapped IPv6 ones, which `::/0` would hold.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const range of ranges) {
    const [network = "", length] = range.split("/");
    const prefix = length === undefined ? null : Number(length);
    const family = familyOf(network);
    const isIPv4 = family === "ipv4" || (isMapped(network) && (prefix ?? MAPPED_PREFIX) >= MAPPED_PREFIX);
    const list = isIPv4 ? lists.ipv4 : lists.ipv6;
    if (prefix === null) list.addAddress(network, family);
    else list.addSubnet(network, prefix, family);
  }
  return (address) => {
    const plain = address.trim().replace(/%.*$/, "");
    const family = familyOf(plain);
    if (isIP(plain) === 0) return false;
    const list = family === "ipv4" || isMapped(plain) ? lists.ipv4 : lists.ipv6;
    return list.check(plain, family);
  };
}
