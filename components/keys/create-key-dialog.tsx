"use client";

import { createKeyAction } from "@/components/keys/actions";
import { KeyForm, type KeyFormContext } from "@/components/keys/key-form";
import { Dialog } from "@/components/ui/dialog";
import type { KeyView } from "@/lib/keys/key-view";

interface CreateKeyDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  projectId: string;
  context: KeyFormContext;
  onCreated: (created: { key: KeyView; secret: string }) => void;
}

/** The settings of a new key. */
export function CreateKeyDialog({ open, onOpenChange, projectId, context, onCreated }: CreateKeyDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      width="wide"
      title="Create key"
      description="Your programs call the gateway with it. It is shown once, right after this."
    >
      <KeyForm
        projectId={projectId}
        context={context}
        submitLabel="Create key"
        unreachable="The server could not be reached. No key was made as far as we know; look at the list before you try again."
        onSend={async (values) => {
          const answer = await createKeyAction(values);
          if (!answer.ok) return answer.error;
          onCreated(answer.data);
          return null;
        }}
        onClose={() => onOpenChange(false)}
      />
    </Dialog>
  );
}
