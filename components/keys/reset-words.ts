import type { UsageLimitReset } from "@/lib/keys/schemas";

/** How often a limit starts again, for choosing. */
export const RESET_OPTIONS: readonly { value: UsageLimitReset; label: string; hint: string }[] = [
  { value: "none", label: "In total", hint: "Never starts again" },
  { value: "daily", label: "Per day", hint: "From 00:00 UTC" },
  { value: "weekly", label: "Per week", hint: "From Monday, 00:00 UTC" },
  { value: "monthly", label: "Per month", hint: "From the 1st, 00:00 UTC" },
];

/** The words behind an amount: "$5.00 a day". */
export const RESET_WORDS: Record<UsageLimitReset, string> = {
  none: "",
  daily: "a day",
  weekly: "a week",
  monthly: "a month",
};
