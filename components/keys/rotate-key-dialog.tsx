"use client";

import { useState } from "react";
import { rotateKeyAction } from "@/components/keys/actions";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";
import { RadioCards } from "@/components/ui/radio-cards";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { KeyView } from "@/lib/keys/key-view";

const GRACES = [
  { value: "0", title: "At once", description: "For a secret that leaked. What still uses it is refused from now on." },
  { value: "3600", title: "In 1 hour", description: "Both secrets work for an hour." },
  { value: "86400", title: "In 24 hours", description: "Both work for a day: time to change it everywhere." },
  { value: "604800", title: "In 7 days", description: "Both work for a week." },
] as const;
type Grace = (typeof GRACES)[number]["value"];

interface RotateKeyDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  apiKey: KeyView;
  onRotated: (rotated: { key: KeyView; secret: string }) => void;
}

/** Gives a key a new secret and says how long the old one lives. */
export function RotateKeyDialog({ open, onOpenChange, apiKey, onRotated }: RotateKeyDialogProps) {
  const [grace, setGrace] = useState<Grace>("86400");
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<string>();

  const rotate = async () => {
    setPending(true);
    setFailure(undefined);
    const answer = await rotateKeyAction({
      projectId: apiKey.projectId,
      keyId: apiKey.id,
      gracePeriodSeconds: Number(grace),
    }).catch(() => undefined);
    setPending(false);
    if (answer?.ok) onRotated(answer.data);
    else setFailure(answer?.error.message ?? UNREACHABLE);
  };

  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Rotate “${apiKey.name}”`}
      description="The key gets a new secret. Its usage, limits and id stay as they are."
    >
      <DialogBody className="flex flex-col gap-4">
        {failure ? (
          <Notice tone="error" live>
            {failure}
          </Notice>
        ) : null}
        <div className="flex flex-col gap-1.5">
          <span className="font-medium text-ui">The old secret stops working</span>
          <RadioCards label="The old secret stops working" value={grace} onChange={setGrace} options={GRACES} />
        </div>
      </DialogBody>
      <DialogFooter>
        <Button onClick={() => onOpenChange(false)}>Cancel</Button>
        <Button variant="primary" pending={pending} onClick={rotate}>
          Rotate key
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
