import { RESET_OPTIONS, RESET_WORDS } from "@/components/keys/reset-words";
import { formatMoney } from "@/components/ui/money";
import type { BudgetReset, BudgetView } from "@/lib/end-users/budget-view";
import type { BudgetPeriod } from "@/lib/end-users/schemas";

/** When a budget may start again, for choosing. */
export const PERIOD_OPTIONS: readonly { value: BudgetPeriod; label: string; hint: string }[] = [
  ...RESET_OPTIONS,
  { value: "interval", label: "Every …", hint: "From when it is assigned" },
];

/** Units of a duration, the longest first, in seconds. */
export const DURATION_UNITS = [
  { value: "86400", label: "days", one: "day" },
  { value: "3600", label: "hours", one: "hour" },
  { value: "60", label: "minutes", one: "minute" },
  { value: "1", label: "seconds", one: "second" },
] as const;

/** A duration as a whole number of the longest unit that says it exactly. */
export function inUnits(seconds: number): { count: number; unit: (typeof DURATION_UNITS)[number] } {
  const [days, hours, minutes, rest] = DURATION_UNITS;
  const unit = [days, hours, minutes].find(({ value }) => seconds % Number(value) === 0) ?? rest;
  return { count: seconds / Number(unit.value), unit };
}

const STARTS_AGAIN = { none: "never", daily: "every day", weekly: "every Monday", monthly: "on the 1st" } as const;

/** When a budget starts again, in words: "on the 1st", "every 2 days". */
export function startsAgainWords(reset: BudgetReset): string {
  return typeof reset === "string" ? STARTS_AGAIN[reset] : everyWords(reset.seconds);
}

function everyWords(seconds: number): string {
  const { count, unit } = inUnits(seconds);
  return count === 1 ? `every ${unit.one}` : `every ${count} ${unit.label}`;
}

/** A budget in a few words: "$5.00 a month", "Not limited", "$5.00 in total". */
export function budgetWords({ maxBudget, reset }: Pick<BudgetView, "maxBudget" | "reset">): string {
  if (maxBudget === null) return `Not limited${reset === "none" ? "" : `, counted anew ${startsAgainWords(reset)}`}`;
  const span = typeof reset === "string" ? RESET_WORDS[reset] : everyWords(reset.seconds);
  return `${formatMoney(maxBudget)} ${span || "in total"}`;
}

/** A budget's reset as a form's fields. */
export function timedBy(reset: BudgetReset): { period: BudgetPeriod; durationSeconds: number | null } {
  return typeof reset === "string"
    ? { period: reset, durationSeconds: null }
    : { period: "interval", durationSeconds: reset.seconds };
}
