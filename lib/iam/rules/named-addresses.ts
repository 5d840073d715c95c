import { cleanText } from "@/lib/core/text";
import type { Asked } from "@/lib/iam/rules/rule";
import { storedRanges } from "@/lib/iam/rules/values";
import { addressRanges } from "@/lib/infra/address-ranges";

const LONGEST_ADDRESS = 100;

/** Whether a rule's ranges hold an address. */
export function namedAddresses(value: unknown): (address: string) => boolean {
  return addressRanges(storedRanges.parse(value).cidrs);
}

/** What is said to an address that may not call. */
export function addressRefusal({ address }: Asked): string {
  return `Access denied: Client IP ${cleanText(address, LONGEST_ADDRESS) || "unknown"} is not in the allowed ranges`;
}
