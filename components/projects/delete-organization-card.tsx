"use client";

import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { deleteOrganizationAction } from "@/components/projects/actions";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { formatMoney } from "@/components/ui/money";
import { UNREACHABLE } from "@/components/ui/unreachable";
import { parseUsd } from "@/lib/core/money";

interface DeleteOrganizationCardProps {
  organization: { id: string; name: string };
  /** The credits that are left: USD as a decimal string. */
  available: string;
}

/** The end of an organisation, with what becomes of its credits. */
export function DeleteOrganizationCard({ organization: { id, name }, available }: DeleteOrganizationCardProps) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const hasCredits = parseUsd(available) > 0n;

  const remove = async () => {
    const answer = await deleteOrganizationAction({ organizationId: id, name }).catch(() => undefined);
    if (!answer?.ok) {
      toast.error(`${name} was not deleted`, {
        description: answer?.error.message ?? UNREACHABLE,
      });
      return false;
    }
    toast.success(`${name} is deleted`, { description: "All of its keys are refused from now on." });
    router.push("/dashboard");
    return true;
  };

  return (
    <Card id="delete-organization" className="border-danger/40">
      <CardHeader
        title="Delete organisation"
        description="For good, with all of its projects. To stop its keys for a while, pause them instead."
      />
      <CardBody className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 flex-1 basis-64 text-soft text-ui">
          All keys of all projects of {name} are refused at once, its provider keys are removed, and nobody is a member
          any more. Its card is not charged again, and what was charged stays in the books.{" "}
          {hasCredits ? (
            <strong className="font-medium text-danger-text">
              {formatMoney(available)} of credits are left. They are not paid out and cannot be spent afterwards.
            </strong>
          ) : (
            "No credits are left."
          )}
        </p>
        <Button variant="danger" onClick={() => setAsking(true)}>
          <Trash2 />
          Delete organisation
        </Button>
        <ConfirmDialog
          open={asking}
          onOpenChange={setAsking}
          title={`Delete ${name}?`}
          description={
            <>
              Every call with any key of any of its projects is refused from this moment on, on every instance. This
              cannot be undone.
              {hasCredits ? ` ${formatMoney(available)} of credits are lost.` : null}
            </>
          }
          confirm="Delete organisation"
          phrase={name}
          onConfirm={remove}
        />
      </CardBody>
    </Card>
  );
}
