"use client";

import { Pause, Play } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { pauseOrganizationAction, pauseProjectAction } from "@/components/projects/actions";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { UNREACHABLE } from "@/components/ui/unreachable";

interface Pausable {
  id: string;
  name: string;
  isPaused: boolean;
}

interface PauseCardProps {
  project: Pausable;
  organization: Pausable;
  mayPauseProject: boolean;
  mayPauseOrganization: boolean;
}

/** Stops every key at once, of the project or of the whole organisation, and lets them go on again. */
export function PauseCard({ project, organization, mayPauseProject, mayPauseOrganization }: PauseCardProps) {
  return (
    <Card id="pause">
      <CardHeader
        title="Pause all keys"
        description="Refuses every new call at once. Keys stay as they are, and calls that run are finished."
      />
      <CardBody className="grid gap-4">
        <PauseLine
          title="This project"
          subject={project}
          mayChange={mayPauseProject}
          save={(isPaused) => pauseProjectAction({ projectId: project.id, isPaused })}
        />
        <PauseLine
          title="The whole organisation"
          subject={organization}
          mayChange={mayPauseOrganization}
          save={(isPaused) => pauseOrganizationAction({ organizationId: organization.id, isPaused })}
        />
      </CardBody>
    </Card>
  );
}

interface PauseLineProps {
  title: string;
  subject: Pausable;
  mayChange: boolean;
  save: (isPaused: boolean) => ReturnType<typeof pauseProjectAction>;
}

function PauseLine({ title, subject, mayChange, save }: PauseLineProps) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const { name, isPaused } = subject;

  const change = async () => {
    const answer = await save(!isPaused).catch(() => undefined);
    if (!answer?.ok) {
      toast.error(isPaused ? "The keys are still paused" : "The keys were not paused", {
        description: answer?.error.message ?? UNREACHABLE,
      });
      return false;
    }
    router.refresh();
    toast.success(isPaused ? `The keys of ${name} go on` : `All keys of ${name} are paused`);
    return true;
  };

  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <div className="min-w-0">
        <p className="font-medium text-ui">{title}</p>
        <p className={isPaused ? "text-danger-text text-ui" : "text-soft text-ui"}>
          {isPaused ? `${name} is paused: every call is refused with 401 key_inactive.` : `${name} is running.`}
        </p>
      </div>
      <Button variant={isPaused ? "primary" : "danger"} disabled={!mayChange} onClick={() => setAsking(true)}>
        {isPaused ? <Play /> : <Pause />}
        {isPaused ? "Let keys go on" : "Pause all keys"}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={isPaused ? `Let the keys of ${name} go on?` : `Pause all keys of ${name}?`}
        description={
          isPaused
            ? "Calls are served again at once. Keys that were disabled one by one stay disabled."
            : "Every call with any of its keys is refused from now on, on every instance, until you let them go on."
        }
        confirm={isPaused ? "Let keys go on" : "Pause all keys"}
        onConfirm={change}
      />
    </div>
  );
}
