import { Badge } from "@/components/ui/badge";
import type { RequestRow } from "@/lib/usage/requests";

/** What a few statuses are called by those who read logs. */
const WORDS: Record<number, string> = { 200: "OK", 499: "Caller left" };

interface StatusBadgeProps {
  request: Pick<RequestRow, "status" | "outcome" | "cancelled">;
}

/** The HTTP status of a request, and its colour. */
export function StatusBadge({ request }: StatusBadgeProps) {
  if (request.outcome === "lost") {
    return (
      <Badge tone="held" title="The server stopped in the middle of it; nothing was charged">
        Lost
      </Badge>
    );
  }
  const tone = request.status >= 500 || (request.status >= 400 && request.status !== 499) ? "bad" : "good";
  const left = request.cancelled || request.status === 499;
  return (
    <Badge tone={left ? "neutral" : tone} className="tabular" title={WORDS[request.status]}>
      {request.status}
      {left ? " left early" : null}
    </Badge>
  );
}
