import type { FormEventHandler, ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";

interface DialogFormProps {
  onSubmit: FormEventHandler<HTMLFormElement>;
  /** Why it was not done, where that belongs to no field. */
  failure: string | undefined;
  /** What the button does: "Create key". */
  submitLabel: string;
  pending: boolean;
  /** Whether there is nothing to send. */
  disabled?: boolean;
  onClose: () => void;
  /** The fields. */
  children: ReactNode;
}

/** A form that fills a dialog: its fields, what went wrong above them, and its two buttons below. */
export function DialogForm({
  onSubmit,
  failure,
  submitLabel,
  pending,
  disabled = false,
  onClose,
  children,
}: DialogFormProps) {
  return (
    <form onSubmit={onSubmit} noValidate autoComplete="off" className="flex min-h-0 flex-col">
      <DialogBody className="flex flex-col gap-5 pt-1">
        {failure ? (
          <Notice tone="error" live>
            {failure}
          </Notice>
        ) : null}
        {children}
      </DialogBody>
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" pending={pending} disabled={disabled}>
          {submitLabel}
        </Button>
      </DialogFooter>
    </form>
  );
}
