import { namedOperations, operationRefusal } from "@/lib/iam/rules/named-operations";
import type { RequestRule } from "@/lib/iam/rules/rule";

/** None of these operations. */
export const denyOperations: RequestRule = {
  about: "request",
  effect: "deny",
  compile: (value) => ({ matches: namedOperations(value), refusal: operationRefusal }),
};
