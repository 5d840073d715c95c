"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { leaveOrganizationAction, removeMemberAction } from "@/components/members/actions";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { RadioCards } from "@/components/ui/radio-cards";
import { Select } from "@/components/ui/select";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { can, type Role } from "@/lib/identity/roles";
import type { MemberWithKeys } from "@/lib/members/read-members";

interface RemoveMemberDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  organization: { id: string; name: string };
  member: MemberWithKeys;
  self: { userId: string; role: Role };
  others: MemberWithKeys[];
}

/** Asks before a member goes, and what becomes of their keys. */
export function RemoveMemberDialog({ open, onOpenChange, ...rest }: RemoveMemberDialogProps) {
  const isSelf = rest.member.userId === rest.self.userId;
  const shown = rest.member.name ?? rest.member.email;
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={isSelf ? `Leave ${rest.organization.name}?` : `Remove ${shown}?`}
      description={
        isSelf
          ? "You see none of its projects from then on, and come back only when somebody invites you."
          : `They see nothing of ${rest.organization.name} from their next click on, and come back only when somebody invites them.`
      }
    >
      <RemoveForm {...rest} isSelf={isSelf} onClose={() => onOpenChange(false)} />
    </Dialog>
  );
}

function RemoveForm({
  organization,
  member,
  self,
  others,
  isSelf,
  onClose,
}: Omit<RemoveMemberDialogProps, "open" | "onOpenChange"> & { isSelf: boolean; onClose: () => void }) {
  const router = useRouter();
  const heirs = others.filter(({ role }) => can(role, "keys.create"));
  const [first] = heirs;
  const [isHandedOver, setHandedOver] = useState(false);
  const [heirId, setHeirId] = useState(heirs.find(({ userId }) => userId === self.userId)?.id ?? first?.id ?? "");
  const [failure, setFailure] = useState<string>();
  const [pending, setPending] = useState(false);
  const { all } = member.keys;
  const whose = isSelf ? "you" : "they";

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setPending(true);
    setFailure(undefined);
    const wanted = { organizationId: organization.id, heirId: isHandedOver ? heirId : null };
    const answer = await (isSelf
      ? leaveOrganizationAction(wanted)
      : removeMemberAction({ ...wanted, memberId: member.id })
    ).catch(() => undefined);
    if (!answer?.ok) {
      setPending(false);
      setFailure(answer?.error.message ?? UNREACHABLE);
      return;
    }
    onClose();
    if (isSelf) router.push("/dashboard");
    else toast.success(`${member.name ?? member.email} is removed`);
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
        {all === 0 ? (
          <p className="text-soft text-ui">There are no keys that {whose} made.</p>
        ) : (
          <>
            <div className="flex flex-col gap-1.5">
              <span className="font-medium text-ui">
                {all === 1 ? `The key that ${whose} made` : `The ${all} keys that ${whose} made`}
              </span>
              <RadioCards
                label="What becomes of the keys"
                value={isHandedOver ? "hand_over" : "disable"}
                onChange={(choice) => setHandedOver(choice === "hand_over")}
                options={[
                  {
                    value: "disable",
                    title: "Disable",
                    description: "Calls with them are refused from now on. They can be enabled again later.",
                  },
                  ...(first
                    ? [
                        {
                          value: "hand_over" as const,
                          title: "Hand over",
                          description: "They go on working, as another member's, under that member's rules.",
                        },
                      ]
                    : []),
                ]}
              />
            </div>
            {isHandedOver ? (
              <>
                <Field label="To">
                  {(control) => (
                    <Select
                      {...control}
                      value={heirId}
                      onChange={setHeirId}
                      options={heirs.map(({ id, name, email }) => ({ value: id, label: name ?? email, hint: email }))}
                    />
                  )}
                </Field>
                <Notice tone="warning">
                  Whoever knows their secrets can go on calling with them. Rotate them soon.
                </Notice>
              </>
            ) : null}
          </>
        )}
      </DialogBody>
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="danger" pending={pending}>
          {isSelf ? "Leave organisation" : "Remove member"}
        </Button>
      </DialogFooter>
    </form>
  );
}
