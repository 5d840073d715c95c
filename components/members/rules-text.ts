import { type NewRule, sentRuleSchema } from "@/lib/iam/rule-schema";
import type { RuleView } from "@/lib/iam/rule-view";

/** Rules as the management API's `iam_rules` has them; empty where there are none. */
export function rulesText(rules: readonly RuleView[]): string {
  if (rules.length === 0) return "";
  const written = rules.map(({ rule, isActive }) => ({ ...rule, status: isActive ? "active" : "inactive" }));
  return JSON.stringify(written, null, 2);
}

/** What `rulesText` writes, read again; or what is wrong with it, in words for people. */
export function rulesFromText(text: string): { rules: NewRule[] } | { problem: string } {
  if (text.trim() === "") return { rules: [] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "This is not JSON" };
  }
  if (!Array.isArray(value)) return { problem: "Rules are a list: begin with [ and end with ]" };
  const rules: NewRule[] = [];
  for (const [index, item] of value.entries()) {
    const read = sentRuleSchema.safeParse(item);
    if (!read.success) {
      const [issue] = read.error.issues;
      const where = (issue?.path ?? []).filter((part) => part !== "rule").join(".");
      return { problem: `Rule ${index + 1}${where ? ` (${where})` : ""}: ${issue?.message ?? "not a rule"}` };
    }
    rules.push(read.data);
  }
  return { rules };
}
