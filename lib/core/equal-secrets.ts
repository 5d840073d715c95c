import { hash, timingSafeEqual } from "node:crypto";

/** Whether two secrets are the same. Digests are compared, in constant time, so neither length nor a right beginning shows. */
export function equalSecrets(given: string, wanted: string): boolean {
  return timingSafeEqual(hash("sha256", given, "buffer"), hash("sha256", wanted, "buffer"));
}
