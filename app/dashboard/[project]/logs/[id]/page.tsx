import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { replayOf } from "@/components/playground/replay-of";
import { projectPath } from "@/components/shell/navigation";
import { type Bodies, BodiesCard, type Replay } from "@/components/usage/bodies-card";
import { ReceiptView } from "@/components/usage/receipt-view";
import { type ProjectContext, requireProject } from "@/lib/edge/session";
import { config } from "@/lib/infra/config";
import { CAPTURE_BYTES_MAX } from "@/lib/usage/captured-text";
import { readCapture } from "@/lib/usage/read-capture";
import { findRequest, type Receipt } from "@/lib/usage/requests";

export const metadata: Metadata = { title: "Receipt" };

interface ReceiptPageProps {
  params: Promise<{ project: string; id: string }>;
}

/** A role that may not see them learns nothing of whether there are any. */
async function findBodies({ project, may }: ProjectContext, id: string): Promise<Bodies> {
  if (!may("captures.view")) return "forbidden";
  if (project.retention !== "full") return "not_kept";
  return (await readCapture({ projectId: project.id, id })) ?? "gone";
}

function findReplay({ project, may }: ProjectContext, { id, endpoint }: Receipt, bodies: Bodies): Replay {
  if (typeof bodies !== "object")
    return { reason: "It cannot be replayed in the playground: that needs what was sent." };
  if (!may("keys.create")) return { reason: "Your role in this organisation does not let you replay it." };
  const replay = replayOf(endpoint, bodies.request);
  return replay.ok ? { href: `${projectPath(project.id, "/playground")}?replay=${id}` } : { reason: replay.reason };
}

export default async function ReceiptPage({ params }: ReceiptPageProps) {
  const { project: projectId, id } = await params;
  const context = await requireProject(projectId, "logs.view");
  const { project, may } = context;
  const receipt = await findRequest({ projectId: project.id, id });
  if (!receipt) notFound();
  const bodies = await findBodies(context, id);
  return (
    <>
      <ReceiptView projectId={project.id} receipt={receipt} mayPay={may("billing.manage")} />
      <BodiesCard
        bodies={bodies}
        replay={findReplay(context, receipt, bodies)}
        settingsHref={may("project.update") ? `${projectPath(project.id, "/settings")}#bodies` : null}
        days={config().captureDays}
        mostKib={CAPTURE_BYTES_MAX / 1024}
      />
    </>
  );
}
