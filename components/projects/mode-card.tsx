"use client";

import { useRouter } from "next/navigation";
import { useOptimistic, useTransition } from "react";
import { toast } from "sonner";
import { setProjectModeAction } from "@/components/projects/actions";
import { MODE_OPTIONS, modeTitle } from "@/components/projects/mode-words";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { RadioCards } from "@/components/ui/radio-cards";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { ProjectMode } from "@/lib/projects/schemas";

interface ModeCardProps {
  projectId: string;
  mode: ProjectMode;
  mayChange: boolean;
}

/** The project's mode; a choice has effect at once and can be undone. */
export function ModeCard({ projectId, mode, mayChange }: ModeCardProps) {
  const router = useRouter();
  const [pending, start] = useTransition();
  const [shown, show] = useOptimistic(mode);

  const choose = (next: ProjectMode, before: ProjectMode) => {
    if (next === before) return;
    start(async () => {
      show(next);
      const answer = await setProjectModeAction({ projectId, mode: next }).catch(() => undefined);
      if (!answer?.ok) {
        toast.error("The mode was not changed", {
          description: answer?.error.message ?? UNREACHABLE,
        });
        return;
      }
      router.refresh();
      toast.success(`Mode: ${modeTitle(next)}`, {
        description: "The next call is decided so.",
        action: { label: "Undo", onClick: () => choose(before, next) },
      });
    });
  };

  return (
    <Card>
      <CardHeader title="Mode" description="Whose provider key a call uses, and who pays for it." />
      <CardBody>
        <RadioCards
          label="Mode"
          value={shown}
          onChange={(next) => choose(next, shown)}
          options={MODE_OPTIONS}
          disabled={!mayChange || pending}
        />
      </CardBody>
    </Card>
  );
}
