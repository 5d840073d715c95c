import { isIP } from "node:net";
import { addressRefusal, namedAddresses } from "@/lib/iam/rules/named-addresses";
import type { RequestRule } from "@/lib/iam/rules/rule";

/** From none of these addresses; one that is not known could be among them. */
export const denyIps: RequestRule = {
  about: "request",
  effect: "deny",
  compile: (value) => {
    const holds = namedAddresses(value);
    return { matches: ({ address }) => isIP(address) === 0 || holds(address), refusal: addressRefusal };
  },
};
