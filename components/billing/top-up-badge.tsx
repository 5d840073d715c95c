import { Badge } from "@/components/ui/badge";
import type { TopUpView } from "@/lib/billing/billing-view";
import { parseUsd } from "@/lib/core/money";

const LOOKS = {
  pending: { tone: "held", label: "Waiting for payment" },
  paid: { tone: "good", label: "Paid" },
  failed: { tone: "bad", label: "Failed" },
  expired: { tone: "neutral", label: "Expired" },
  refunded: { tone: "neutral", label: "Refunded" },
  disputed: { tone: "bad", label: "Disputed" },
} as const satisfies Record<TopUpView["status"], { tone: string; label: string }>;

/** Where a top-up stands. */
export function TopUpBadge({ topUp }: { topUp: Pick<TopUpView, "status" | "credits"> }) {
  const { tone, label } = LOOKS[topUp.status];
  const isPartial = topUp.status === "refunded" && parseUsd(topUp.credits) > 0n;
  return <Badge tone={tone}>{isPartial ? "Partly refunded" : label}</Badge>;
}
