"use client";

import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { deleteProjectAction } from "@/components/projects/actions";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { UNREACHABLE } from "@/components/ui/unreachable";

interface DeleteProjectCardProps {
  projectId: string;
  name: string;
}

/** What cannot be taken back: the end of a project. */
export function DeleteProjectCard({ projectId, name }: DeleteProjectCardProps) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);

  const remove = async () => {
    const answer = await deleteProjectAction({ projectId }).catch(() => undefined);
    if (!answer?.ok) {
      toast.error(`${name} was not deleted`, {
        description: answer?.error.message ?? UNREACHABLE,
      });
      return false;
    }
    toast.success(`${name} is deleted`, { description: "Its keys are refused from now on." });
    router.push("/dashboard");
    return true;
  };

  return (
    <Card id="delete" className="border-danger/40">
      <CardHeader title="Delete project" description="For good. To stop its keys for a while, pause them instead." />
      <CardBody className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 flex-1 basis-64 text-soft text-ui">
          All keys of {name} are refused at once and its pages are gone. What was charged stays in the books, and who
          deleted it in the audit trail.
        </p>
        <Button variant="danger" onClick={() => setAsking(true)}>
          <Trash2 />
          Delete project
        </Button>
        <ConfirmDialog
          open={asking}
          onOpenChange={setAsking}
          title={`Delete ${name}?`}
          description="Every call with any of its keys is refused from this moment on, on every instance. This cannot be undone."
          confirm="Delete project"
          phrase={name}
          onConfirm={remove}
        />
      </CardBody>
    </Card>
  );
}
