"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { changeRoleAction } from "@/components/members/actions";
import { RoleSelect } from "@/components/members/role-select";
import { ROLE_WORDS } from "@/components/members/role-words";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { can, type Role } from "@/lib/identity/roles";
import type { MemberWithKeys } from "@/lib/members/read-members";

interface ChangeRoleDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  organizationId: string;
  member: MemberWithKeys;
  /** The role of whoever changes it. */
  by: Role;
}

/** What a member may do from now on. */
export function ChangeRoleDialog({ open, onOpenChange, ...rest }: ChangeRoleDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Role of ${rest.member.name ?? rest.member.email}`}
      description="It holds from their next click on."
    >
      <ChangeRoleForm {...rest} onClose={() => onOpenChange(false)} />
    </Dialog>
  );
}

function ChangeRoleForm({
  organizationId,
  member,
  by,
  onClose,
}: Omit<ChangeRoleDialogProps, "open" | "onOpenChange"> & { onClose: () => void }) {
  const router = useRouter();
  const [role, setRole] = useState(member.role);
  const [failure, setFailure] = useState<string>();
  const [pending, setPending] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setPending(true);
    setFailure(undefined);
    const answer = await changeRoleAction({ organizationId, memberId: member.id, role }).catch(() => undefined);
    setPending(false);
    if (!answer?.ok) {
      setFailure(answer?.error.message ?? UNREACHABLE);
      return;
    }
    toast.success(`${member.name ?? member.email} is ${ROLE_WORDS[role].label.toLowerCase()} now`);
    onClose();
    router.refresh();
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="flex min-h-0 flex-col">
      <DialogBody className="flex flex-col gap-4 pt-1">
        {failure ? (
          <Notice tone="error" live>
            {failure}
          </Notice>
        ) : null}
        <Field label="Role" hint={ROLE_WORDS[role].description}>
          {(control) => <RoleSelect control={control} value={role} onChange={setRole} by={by} />}
        </Field>
        {member.keys.active > 0 && !can(role, "keys.create") ? (
          <Notice tone="info">
            Keys that they made stay enabled. Disable those that should stop on the Keys page.
          </Notice>
        ) : null}
      </DialogBody>
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" pending={pending} disabled={role === member.role}>
          Change role
        </Button>
      </DialogFooter>
    </form>
  );
}
