"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { setMemberRulesAction } from "@/components/members/actions";
import { rulesFromText, rulesText } from "@/components/members/rules-text";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/textarea";
import type { MemberView } from "@/lib/members/member-view";

interface MemberRulesDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  organizationId: string;
  member: MemberView;
  mayChange: boolean;
}

/** The rules of a member, in the form that the management API has them in. */
export function MemberRulesDialog({ open, onOpenChange, ...rest }: MemberRulesDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      width="wide"
      title={`Rules of ${rest.member.name ?? rest.member.email}`}
      description="They hold for every key that this member made, beside those of the key and of its project, from the next request on."
    >
      <RulesForm {...rest} onClose={() => onOpenChange(false)} />
    </Dialog>
  );
}

function RulesForm({
  organizationId,
  member,
  mayChange,
  onClose,
}: Omit<MemberRulesDialogProps, "open" | "onOpenChange"> & { onClose: () => void }) {
  const router = useRouter();
  const [text, setText] = useState(() => rulesText(member.rules));
  const [error, setError] = useState<string>();
  const [pending, setPending] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const read = rulesFromText(text);
    if ("problem" in read) {
      setError(read.problem);
      return;
    }
    setPending(true);
    const answer = await setMemberRulesAction({ organizationId, memberId: member.id, rules: read.rules }).catch(
      () => undefined,
    );
    setPending(false);
    if (!answer?.ok) {
      setError(answer?.error.message ?? "The server could not be reached. Please try again.");
      return;
    }
    toast.success(`The rules of ${member.name ?? member.email} are set`);
    onClose();
    router.refresh();
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="flex min-h-0 flex-col">
      <DialogBody className="pt-1">
        <Field
          label="Rules"
          note="JSON"
          error={error}
          hint='A list such as [{"type": "allow_models", "value": {"models": ["gpt-4o*"]}}]. Empty: no rules. "status": "inactive" keeps one without obeying it.'
        >
          {(control) => (
            <Textarea
              {...control}
              value={text}
              onChange={(event) => setText(event.target.value)}
              rows={12}
              spellCheck={false}
              readOnly={!mayChange}
              className="font-mono text-xs"
            />
          )}
        </Field>
      </DialogBody>
      <DialogFooter>
        <Button onClick={onClose}>{mayChange ? "Cancel" : "Close"}</Button>
        {mayChange ? (
          <Button type="submit" variant="primary" pending={pending}>
            Save rules
          </Button>
        ) : null}
      </DialogFooter>
    </form>
  );
}
