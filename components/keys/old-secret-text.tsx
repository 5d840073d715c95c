import { RotateCw, TriangleAlert } from "lucide-react";
import { cn } from "@/components/ui/cn";
import { Notice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/relative-time";
import type { OldSecretView } from "@/lib/keys/old-secret";

/** On one line: when the old secret of a key ends, and whether that is trouble. */
export function OldSecretText({ oldSecret: { expiresAt, isLate } }: { oldSecret: OldSecretView }) {
  const Icon = isLate ? TriangleAlert : RotateCw;
  return (
    <div className={cn("flex items-center gap-1 text-xs", isLate ? "text-held-text" : "text-soft")}>
      <Icon className="size-3 shrink-0" aria-hidden />
      <span>
        {isLate ? "Old secret in use, ends " : "Old secret ends "}
        <RelativeTime at={expiresAt} />
      </span>
    </div>
  );
}

/** On the key's page: what of a rotation is still to be done. */
export function OldSecretNotice({ oldSecret }: { oldSecret: OldSecretView }) {
  const { preview, expiresAt, lastUsedAt, isLate } = oldSecret;
  const title = isLate
    ? "The old secret is still in use, and ends soon"
    : "The key was rotated; the old secret still works";
  return (
    <Notice tone={isLate ? "warning" : "info"} title={title}>
      <span className="break-all font-mono text-xs">{preview}</span> ends <RelativeTime at={expiresAt} />.{" "}
      {lastUsedAt === null ? (
        "Nothing has called with it since."
      ) : (
        <>
          A program called with it <RelativeTime at={lastUsedAt} />: give it the new secret before, or it is refused.
        </>
      )}
    </Notice>
  );
}
