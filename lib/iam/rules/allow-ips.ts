import { addressRefusal, namedAddresses } from "@/lib/iam/rules/named-addresses";
import type { RequestRule } from "@/lib/iam/rules/rule";

/** Only from these addresses; one that is not known is in none. */
export const allowIps: RequestRule = {
  about: "request",
  effect: "allow",
  compile: (value) => {
    const holds = namedAddresses(value);
    return { matches: ({ address }) => holds(address), refusal: addressRefusal };
  },
};
