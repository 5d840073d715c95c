import { isIP } from "node:net";
import { addressRanges } from "@/lib/infra/address-ranges";

const MAPPED_IPV4 = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

const plain = (address: string) => address.trim().replace(MAPPED_IPV4, "");

/**
 * Says which address a request comes from. The socket's own, unless that is one of `trustedProxies` (addresses and ranges
 * such as `10.0.0.0/8`): then the last entry of `X-Forwarded-For` that no trusted proxy wrote about another. What a client
 * writes into that header itself therefore counts for nothing.
 */
export function clientAddressReader(
  trustedProxies: readonly string[],
): (socketAddress: string, forwardedFor: string | undefined) => string {
  const isTrusted = addressRanges(trustedProxies);
  if (trustedProxies.length === 0) return plain;
  return (socketAddress, forwardedFor) => {
    let client = plain(socketAddress);
    const hops = forwardedFor?.split(",").map(plain) ?? [];
    while (isTrusted(client)) {
      const before = hops.pop();
      if (before === undefined || isIP(before) === 0) break;
      client = before;
    }
    return client;
  };
}
