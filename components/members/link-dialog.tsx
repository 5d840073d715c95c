"use client";

import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";

interface LinkDialogProps {
  email: string;
  link: string;
  onDone: () => void;
}

/** Shows the link of an invitation, this once, where the installation sends no mail. */
export function LinkDialog({ email, link, onDone }: LinkDialogProps) {
  return (
    <Dialog
      open
      guarded
      onOpenChange={() => undefined}
      title="Pass this link on"
      description={`For ${email} alone. It can be accepted once, within 7 days.`}
    >
      <DialogBody className="flex flex-col gap-3">
        <div className="flex items-center gap-2 rounded-lg border border-line-strong bg-sunken py-1.5 pr-1.5 pl-3.5">
          <code data-testid="invite-link" className="min-w-0 flex-1 select-all break-all font-mono text-xs">
            {link}
          </code>
          <CopyButton text={link} what="link" variant="primary" />
        </div>
        <Notice tone="warning">
          This installation sends no mail, so nobody but you has it, and it is shown this once. To see another one, send
          the invitation again.
        </Notice>
      </DialogBody>
      <DialogFooter>
        <Button variant="primary" onClick={onDone}>
          Done
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
