"use client";

import { useState } from "react";
import type { FieldControl } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";

const DAY_MS = 86_400_000;
const CHOICES = [
  { value: "never", label: "Never" },
  { value: "7", label: "In 7 days" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "date", label: "On a date…" },
] as const;
type Choice = (typeof CHOICES)[number]["value"];

/** The last second of a day in UTC: a key that expires on a date works all through that day. */
function endOfDay(date: string): string {
  return `${date}T23:59:59Z`;
}

interface ExpirySelectProps {
  control: FieldControl;
  /** ISO 8601; null: never. */
  value: string | null;
  onChange: (value: string | null) => void;
}

/** When a key stops working: never, after some days, or at the end of a day. */
export function ExpirySelect({ control, value, onChange }: ExpirySelectProps) {
  const [choice, setChoice] = useState<Choice>(value === null ? "never" : "date");
  const choose = (next: Choice) => {
    setChoice(next);
    if (next === "never") onChange(null);
    else if (next === "date") onChange(endOfDay(new Date(Date.now() + 30 * DAY_MS).toISOString().slice(0, 10)));
    else onChange(new Date(Date.now() + Number(next) * DAY_MS).toISOString());
  };
  return (
    <div className="flex gap-2">
      <Select {...control} value={choice} onChange={choose} options={CHOICES} className="flex-1" />
      {choice === "date" ? (
        <Input
          type="date"
          aria-label="Expiry date (UTC)"
          className="flex-1"
          value={value?.slice(0, 10) ?? ""}
          min={new Date().toISOString().slice(0, 10)}
          onChange={(event) => {
            if (event.target.value !== "") onChange(endOfDay(event.target.value));
          }}
        />
      ) : null}
    </div>
  );
}
