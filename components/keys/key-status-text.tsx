import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import type { KeyView } from "@/lib/keys/key-view";

/** Whether calls with a key are served now. */
export function KeyStatusText({ apiKey }: { apiKey: Pick<KeyView, "status" | "isExpired"> }) {
  if (apiKey.isExpired) return <Badge tone="bad">Expired</Badge>;
  return (
    <span className={cn("text-ui", apiKey.status === "active" ? "text-ink" : "text-faint")}>
      {apiKey.status === "active" ? "Active" : "Disabled"}
    </span>
  );
}
