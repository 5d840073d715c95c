import { coversOperation } from "@/lib/iam/operations";
import type { Asked } from "@/lib/iam/rules/rule";
import { storedOperations } from "@/lib/iam/rules/values";

/** Whether a rule names an operation, or the scope that it needs. */
export function namedOperations(value: unknown): (asked: Asked) => boolean {
  const named = new Set(storedOperations.parse(value).operations);
  return ({ operation }) => coversOperation(named, operation);
}

/** What is said to an operation that is not allowed. */
export function operationRefusal({ operation }: Asked): string {
  return `Access denied: Operation ${operation.name} is not allowed`;
}
