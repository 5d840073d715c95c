"use client";

import { AlertDialog } from "radix-ui";
import { type ReactNode, useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { overlayStyles } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";

interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: ReactNode;
  /** The verb on the button: "Delete key". */
  confirm: string;
  /** When set, this text has to be typed before the button works. */
  phrase?: string;
  /** Resolves when done; the dialog then closes unless it answers false. */
  onConfirm: () => Promise<boolean>;
}

/** Asks before something that cannot be taken back, and for its name where that is given as `phrase`. */
export function ConfirmDialog({
  open,
  onOpenChange,
  title,
  description,
  confirm,
  phrase,
  onConfirm,
}: ConfirmDialogProps) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const [pending, setPending] = useState(false);
  const matches = phrase === undefined || typed.trim() === phrase;

  const change = (next: boolean) => {
    if (pending) return;
    setTyped("");
    onOpenChange(next);
  };
  const submit = async () => {
    if (!matches || pending) return;
    setPending(true);
    try {
      if (await onConfirm()) {
        setTyped("");
        onOpenChange(false);
      }
    } finally {
      setPending(false);
    }
  };

  return (
    <AlertDialog.Root open={open} onOpenChange={change}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={overlayStyles} />
        <AlertDialog.Content className="fixed inset-x-3 top-[18dvh] z-50 mx-auto max-w-md animate-in overflow-hidden rounded-xl border border-line bg-raised shadow-pop outline-none">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void submit();
            }}
          >
            <div className="flex flex-col gap-4 p-5">
              <div>
                <AlertDialog.Title className="font-semibold text-base">{title}</AlertDialog.Title>
                <AlertDialog.Description asChild>
                  <div className="mt-1.5 text-soft text-ui">{description}</div>
                </AlertDialog.Description>
              </div>
              {phrase === undefined ? null : (
                <div className="flex flex-col gap-1.5">
                  <Label htmlFor={id} className="font-normal text-soft">
                    Type <strong className="select-all font-semibold text-ink">{phrase}</strong> to confirm
                  </Label>
                  <Input id={id} value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" />
                </div>
              )}
            </div>
            <div className="flex justify-end gap-2 border-line border-t bg-sunken px-5 py-3">
              <AlertDialog.Cancel asChild>
                <Button disabled={pending}>Cancel</Button>
              </AlertDialog.Cancel>
              <Button type="submit" variant="danger" pending={pending} disabled={!matches}>
                {confirm}
              </Button>
            </div>
          </form>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
