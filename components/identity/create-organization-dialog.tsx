"use client";

import { CreateOrganizationForm } from "@/components/identity/create-organization-form";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";

interface CreateOrganizationDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** One more organisation of one's own. */
export function CreateOrganizationDialog({ open, onOpenChange }: CreateOrganizationDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New organisation"
      description="With members, projects and credits of its own. You are its owner."
    >
      <CreateOrganizationForm onDone={() => onOpenChange(false)}>
        {(field, submit) => (
          <>
            <DialogBody className="pt-1">{field}</DialogBody>
            <DialogFooter>
              <Button onClick={() => onOpenChange(false)}>Cancel</Button>
              {submit}
            </DialogFooter>
          </>
        )}
      </CreateOrganizationForm>
    </Dialog>
  );
}
