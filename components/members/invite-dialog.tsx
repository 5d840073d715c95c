"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { toast } from "sonner";
import type { z } from "zod";
import { inviteMemberAction } from "@/components/members/actions";
import { RoleSelect } from "@/components/members/role-select";
import { ROLE_WORDS } from "@/components/members/role-words";
import { Dialog } from "@/components/ui/dialog";
import { DialogForm } from "@/components/ui/dialog-form";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { Role } from "@/lib/identity/roles";
import { inviteMemberSchema } from "@/lib/members/schemas";

type Form = z.input<typeof inviteMemberSchema>;

interface InviteDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  organization: { id: string; name: string };
  /** Of whoever invites. */
  role: Role;
  sendsMail: boolean;
  /** `link` is null where it went by mail. */
  onInvited: (email: string, link: string | null) => void;
}

/** Whom to invite, and as what. */
export function InviteDialog({ open, onOpenChange, ...rest }: InviteDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Invite member"
      description={
        rest.sendsMail
          ? `They get a mail with a link to join ${rest.organization.name}. It can be accepted for 7 days.`
          : `You get a link to pass on, with which they join ${rest.organization.name}: this installation sends no mail.`
      }
    >
      <InviteForm {...rest} onClose={() => onOpenChange(false)} />
    </Dialog>
  );
}

function InviteForm({
  organization,
  role,
  sendsMail,
  onInvited,
  onClose,
}: Omit<InviteDialogProps, "open" | "onOpenChange"> & { onClose: () => void }) {
  const [failure, setFailure] = useState<string>();
  const { control, register, handleSubmit, setError, formState } = useForm({
    resolver: zodResolver(inviteMemberSchema),
    defaultValues: { organizationId: organization.id, email: "", role: "developer" } satisfies Form as Form,
  });

  const submit = handleSubmit(async (values) => {
    setFailure(undefined);
    const answer = await inviteMemberAction(values).catch(() => undefined);
    if (!answer?.ok) {
      const message = answer?.error.fields?.email;
      if (message) setError("email", { message }, { shouldFocus: true });
      else setFailure(answer?.error.message ?? UNREACHABLE);
      return;
    }
    if (answer.data.link === null) toast.success(`${values.email} is invited`);
    onClose();
    onInvited(values.email, answer.data.link);
  });

  return (
    <DialogForm
      onSubmit={submit}
      failure={failure}
      submitLabel={sendsMail ? "Send invitation" : "Make link"}
      pending={formState.isSubmitting}
      onClose={onClose}
    >
      <Field label="E-mail" error={formState.errors.email?.message}>
        {(field) => <Input {...field} {...register("email")} type="email" autoComplete="off" autoFocus />}
      </Field>
      <Controller
        control={control}
        name="role"
        render={({ field: chosen }) => (
          <Field label="Role" hint={ROLE_WORDS[chosen.value].description}>
            {(field) => <RoleSelect control={field} value={chosen.value} onChange={chosen.onChange} by={role} />}
          </Field>
        )}
      />
    </DialogForm>
  );
}
