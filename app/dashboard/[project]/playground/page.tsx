import { FlaskConical } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { createLoader, parseAsString, type SearchParams } from "nuqs/server";
import { PlaygroundView } from "@/components/playground/playground-view";
import { type ReplayDraft, replayOf } from "@/components/playground/replay-of";
import { gatewayBaseUrl } from "@/components/shell/base-url";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Notice } from "@/components/ui/notice";
import { findModel, qualifiedName } from "@/lib/catalog/find-model";
import { MODELS } from "@/lib/catalog/models";
import { formatUsd } from "@/lib/core/money";
import { requireProject } from "@/lib/edge/session";
import { modelAccess, projectCaller } from "@/lib/gateway/project-access";
import { readProjectRules } from "@/lib/iam/read-project-rules";
import { providerPool } from "@/lib/infra/config";
import { PLAYGROUND_LIMIT } from "@/lib/keys/open-playground";
import { listProviderKeys } from "@/lib/provider-keys/list-provider-keys";
import { PROVIDERS } from "@/lib/providers/registry";
import { readCapture } from "@/lib/usage/read-capture";
import { findRequest } from "@/lib/usage/requests";

export const metadata: Metadata = { title: "Playground" };

const loadSearch = createLoader({ model: parseAsString.withDefault(""), replay: parseAsString.withDefault("") });

interface PlaygroundPageProps {
  params: Promise<{ project: string }>;
  searchParams: Promise<SearchParams>;
}

const NOTHING_KEPT = "Nothing is kept of this call, so there is nothing to replay.";

/** A call whose body is kept, as the playground begins with it; null: of nothing that this person may see. */
async function findReplay(projectId: string, id: string | null): Promise<{ draft: ReplayDraft } | { reason: string }> {
  if (id === null) return { reason: NOTHING_KEPT };
  const [receipt, capture] = await Promise.all([findRequest({ projectId, id }), readCapture({ projectId, id })]);
  if (!receipt || !capture) return { reason: NOTHING_KEPT };
  const replay = replayOf(receipt.endpoint, capture.request);
  if (!replay.ok) return { reason: replay.reason };
  const { draft } = replay;
  return { draft: { ...draft, model: nameOf(draft.model) ?? nameOf(receipt.model ?? "") ?? draft.model } };
}

/** A model's name as this page writes it, with its maker; null where the catalogue has none of this name. */
function nameOf(model: string): string | null {
  try {
    return qualifiedName(findModel(model).model);
  } catch {
    return null;
  }
}

function replayWords(replay: { draft: ReplayDraft } | { reason: string }, isServed: boolean): string {
  if ("reason" in replay) return replay.reason;
  return isServed
    ? "This is the call with its messages, model and parameters. Sending it again costs as any call does."
    : `This is the call, but ${replay.draft.model || "its model"} cannot be called here: choose another one.`;
}

export default async function PlaygroundPage({ params, searchParams }: PlaygroundPageProps) {
  const { project, may } = await requireProject((await params).project, "keys.create");
  const { model: asked, replay: replayed } = await loadSearch(searchParams);
  const [replay, providerKeys, rules] = await Promise.all([
    replayed === "" ? null : findReplay(project.id, may("captures.view") ? replayed : null),
    listProviderKeys(project.id),
    readProjectRules(project.id),
  ]);
  const caller = projectCaller(project, providerKeys, rules);
  const models = MODELS.filter(({ kind }) => kind === "chat").flatMap((model) => {
    const [first] = modelAccess(caller, model, providerPool).servedBy;
    return first === undefined ? [] : [{ value: qualifiedName(model), label: model.name, hint: PROVIDERS[first].name }];
  });
  const [first] = models;
  if (!first) {
    return (
      <Card>
        <EmptyState
          icon={FlaskConical}
          title="No model can be called here"
          action={
            <Button asChild>
              <Link href={projectPath(project.id, "/providers")}>Go to providers</Link>
            </Button>
          }
        >
          Add a provider key, or change how calls are paid.
        </EmptyState>
      </Card>
    );
  }
  const draft = replay !== null && "draft" in replay ? replay.draft : null;
  const wanted = draft === null ? asked : draft.model;
  const chosen = models.find(({ value }) => value === wanted)?.value;
  return (
    <PlaygroundView
      key={replayed}
      draft={draft}
      notice={
        replay === null ? null : (
          <Notice tone="info" className="mb-4">
            {replayWords(replay, chosen !== undefined)}{" "}
            {draft !== null && may("logs.view") ? (
              <Link href={projectPath(project.id, `/logs/${replayed}`)} className="underline underline-offset-4">
                Its receipt
              </Link>
            ) : null}
          </Notice>
        )
      }
      projectId={project.id}
      baseUrl={gatewayBaseUrl()}
      models={models}
      initialModel={chosen ?? first.value}
      limit={formatUsd(PLAYGROUND_LIMIT)}
      mayOpenLogs={may("logs.view")}
    />
  );
}
