import { auditOperations } from "@/lib/edge/management/audit-operations";
import { budgetOperations } from "@/lib/edge/management/budget-operations";
import { creditOperations } from "@/lib/edge/management/credit-operations";
import { keyOperations } from "@/lib/edge/management/key-operations";
import { limitOperations } from "@/lib/edge/management/limit-operations";
import { memberOperations } from "@/lib/edge/management/member-operations";
import type { Method, Operation } from "@/lib/edge/management/operation";
import { priceOperations } from "@/lib/edge/management/price-operations";
import { projectOperations } from "@/lib/edge/management/project-operations";
import { providerKeyOperations } from "@/lib/edge/management/provider-key-operations";
import { usageOperations } from "@/lib/edge/management/usage-operations";
import { userOperations } from "@/lib/edge/management/user-operations";

/** Every call of the management API (CONTRACT section 10). */
export const OPERATIONS: readonly Operation[] = [
  ...keyOperations,
  ...projectOperations,
  ...providerKeyOperations,
  ...memberOperations,
  ...limitOperations,
  ...userOperations,
  ...budgetOperations,
  ...priceOperations,
  ...usageOperations,
  ...creditOperations,
  ...auditOperations,
];

export interface FoundOperations {
  /** What can be done at the address, by its method. */
  byMethod: ReadonlyMap<Method, Operation>;
  /** What stands in `{id}`'s place, decoded; empty where there is none. */
  id: string;
}

const ID = "{id}";
/** Nothing has a name with these, and PostgreSQL refuses some of them. */
const UNFIT = /[\p{Cc}\p{Cs}]/u;

const byShape = new Map<string, Map<Method, Operation>>();
for (const operation of OPERATIONS) {
  const methods = byShape.get(operation.path) ?? new Map<Method, Operation>();
  methods.set(operation.method, operation);
  byShape.set(operation.path, methods);
}

/** What can be done at a path below `/v1/`; null when nothing is there. */
export function findOperations(path: string): FoundOperations | null {
  const whole = path.includes(ID) ? undefined : byShape.get(path);
  if (whole) return { byMethod: whole, id: "" };
  const [resource = "", segment = "", ...rest] = path.split("/");
  const byMethod = byShape.get([resource, ID, ...rest].join("/"));
  if (!byMethod || segment === "") return null;
  try {
    const id = decodeURIComponent(segment);
    return UNFIT.test(id) ? null : { byMethod, id };
  } catch {
    // `%` and no two hexadecimal digits of UTF-8 after it: nothing has such an address.
    return null;
  }
}
