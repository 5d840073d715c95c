import { FlaskConical } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import type { KeyView } from "@/lib/keys/key-view";

/** Whether a key, or a call made with it, is live or test. */
export function EnvironmentBadge({ environment }: { environment: KeyView["environment"] }) {
  return environment === "test" ? (
    <Badge tone="info" title="Answered by the simulator; never costs anything">
      <FlaskConical aria-hidden />
      Test
    </Badge>
  ) : (
    <Badge tone="outline">Live</Badge>
  );
}
