import { BlockList, isIP } from "node:net";

const MAPPED_IPV4 = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

const plain = (address: string) => address.trim().replace(MAPPED_IPV4, "");

const familyOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

function isListed(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, familyOf(address));
}

/**
 * Says which address a request comes from. The socket's own, unless that is one of `trustedProxies` (addresses and ranges
 * such as `10.0.0.0/8`): then the last entry of `X-Forwarded-For` that no trusted proxy wrote about another. What a client
 * writes into that header itself therefore counts for nothing.
 */
export function clientAddressReader(
  trustedProxies: readonly string[],
): (socketAddress: string, forwardedFor: string | undefined) => string {
  const trusted = new BlockList();
  for (const entry of trustedProxies) {
    const [address = "", prefix] = entry.split("/");
    if (prefix === undefined) trusted.addAddress(address, familyOf(address));
    else trusted.addSubnet(address, Number(prefix), familyOf(address));
  }
  if (trustedProxies.length === 0) return plain;
  return (socketAddress, forwardedFor) => {
    let client = plain(socketAddress);
    const hops = forwardedFor?.split(",").map(plain) ?? [];
    while (isListed(trusted, client)) {
      const before = hops.pop();
      if (before === undefined || isIP(before) === 0) break;
      client = before;
    }
    return client;
  };
}
