import { Badge } from "@/components/ui/badge";
import type { AutoTopUpView } from "@/lib/billing/auto-top-up-view";

const LOOKS = {
  off: { tone: "neutral", label: "Off" },
  on: { tone: "good", label: "On" },
  charging: { tone: "held", label: "Charging the card" },
  confirm: { tone: "held", label: "To be confirmed" },
  retrying: { tone: "held", label: "Trying again later" },
  ceiling: { tone: "held", label: "Ceiling reached" },
  stopped: { tone: "bad", label: "Stopped" },
} as const satisfies Record<AutoTopUpView["state"], { tone: string; label: string }>;

/** How automatic top-ups stand. */
export function AutoTopUpBadge({ state }: Pick<AutoTopUpView, "state">) {
  const { tone, label } = LOOKS[state];
  return (
    <Badge tone={tone} data-testid="auto-top-up-state">
      {label}
    </Badge>
  );
}
