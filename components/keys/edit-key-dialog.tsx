"use client";

import { toast } from "sonner";
import { updateKeyAction } from "@/components/keys/actions";
import { KeyForm, type KeyFormContext } from "@/components/keys/key-form";
import { Dialog } from "@/components/ui/dialog";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { KeyView } from "@/lib/keys/key-view";

interface EditKeyDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  apiKey: KeyView;
  context: KeyFormContext;
  onChanged: (key: KeyView) => void;
}

/** Changes a key's settings; the secret stays, and only what was touched is sent. */
export function EditKeyDialog({ open, onOpenChange, apiKey, context, onChanged }: EditKeyDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Edit key"
      description={<span className="font-mono text-xs">{apiKey.preview}</span>}
    >
      <KeyForm
        projectId={apiKey.projectId}
        apiKey={apiKey}
        context={context}
        submitLabel="Save changes"
        unreachable={UNREACHABLE}
        onSend={async (values, changed) => {
          const answer = await updateKeyAction({
            projectId: apiKey.projectId,
            keyId: apiKey.id,
            ...(changed.has("name") ? { name: values.name } : {}),
            ...(changed.has("expiresAt") ? { expiresAt: values.expiresAt } : {}),
            ...(changed.has("usageLimit") ? { usageLimit: values.usageLimit } : {}),
            ...(changed.has("usageLimitReset") ? { usageLimitReset: values.usageLimitReset } : {}),
            ...(changed.has("scopes") ? { scopes: values.scopes } : {}),
            ...(changed.has("rateLimitRpm") ? { rateLimitRpm: values.rateLimitRpm } : {}),
            ...(changed.has("rateLimitTpm") ? { rateLimitTpm: values.rateLimitTpm } : {}),
            ...(changed.has("metadata") ? { metadata: values.metadata } : {}),
          });
          if (!answer.ok) return answer.error;
          toast.success(`“${answer.data.name}” is changed`, { description: "The next call with it is decided so." });
          onChanged(answer.data);
          onOpenChange(false);
          return null;
        }}
        onClose={() => onOpenChange(false)}
      />
    </Dialog>
  );
}
