"use client";

import { useRouter } from "next/navigation";
import { useOptimistic, useState, useTransition } from "react";
import { toast } from "sonner";
import { updateProjectAction } from "@/components/projects/actions";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Switch } from "@/components/ui/switch";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { Retention } from "@/lib/projects/schemas";

interface RetentionCardProps {
  projectId: string;
  retention: Retention;
  /** How long bodies are kept. */
  days: number;
  /** How much of each body is kept, in KiB. */
  mostKib: number;
  mayChange: boolean;
}

/** Whether the project keeps what its calls send and are answered. Switching it off deletes what was kept, so it asks. */
export function RetentionCard({ projectId, retention, days, mostKib, mayChange }: RetentionCardProps) {
  const router = useRouter();
  const [pending, start] = useTransition();
  const [shown, show] = useOptimistic(retention);
  const [asking, setAsking] = useState(false);

  const set = async (next: Retention): Promise<boolean> => {
    const answer = await updateProjectAction({ projectId, retention: next }).catch(() => undefined);
    if (!answer?.ok) {
      toast.error("What is kept of calls was not changed", {
        description: answer?.error.message ?? UNREACHABLE,
      });
      return false;
    }
    router.refresh();
    toast.success(next === "full" ? "Bodies are kept from now on" : "Bodies are kept no more", {
      description: next === "full" ? "The next call's receipt shows them." : "Those that were kept are being deleted.",
    });
    return true;
  };

  return (
    <Card id="bodies">
      <CardHeader
        title="Bodies of calls"
        description="Keeps what each call of this project sends and is answered, to be read on its receipt."
        actions={
          <Switch
            aria-label="Keep bodies of calls"
            checked={shown === "full"}
            onCheckedChange={(on) =>
              on
                ? start(async () => {
                    show("full");
                    await set("full");
                  })
                : setAsking(true)
            }
            disabled={!mayChange || pending}
          />
        }
      />
      <CardBody>
        <p className="text-soft text-ui">
          {shown === "full"
            ? `On: up to ${mostKib} KiB of each request and answer are kept for ${days} days, with keys and passwords masked. Owners, admins and developers can read them. Other personal data is kept as it is.`
            : "Off: receipts tell who called which model, what it used and cost, and nothing of what was said."}
        </p>
        <ConfirmDialog
          open={asking}
          onOpenChange={setAsking}
          title="Keep bodies no more?"
          description="The bodies of this project's calls that were kept so far are deleted for good. Receipts stay."
          confirm="Delete and stop keeping"
          onConfirm={() => set("metadata")}
        />
      </CardBody>
    </Card>
  );
}
