import { namedOperations, operationRefusal } from "@/lib/iam/rules/named-operations";
import type { RequestRule } from "@/lib/iam/rules/rule";

/** Only these operations. */
export const allowOperations: RequestRule = {
  about: "request",
  effect: "allow",
  compile: (value) => ({ matches: namedOperations(value), refusal: operationRefusal }),
};
