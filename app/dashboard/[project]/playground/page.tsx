import { FlaskConical } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { createLoader, parseAsString, type SearchParams } from "nuqs/server";
import { PlaygroundView } from "@/components/playground/playground-view";
import { gatewayBaseUrl } from "@/components/shell/base-url";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { qualifiedName } from "@/lib/catalog/find-model";
import { MODELS } from "@/lib/catalog/models";
import { formatUsd } from "@/lib/core/money";
import { requireProject } from "@/lib/edge/session";
import { modelAccess, projectCaller } from "@/lib/gateway/project-access";
import { readProjectRules } from "@/lib/iam/read-project-rules";
import { providerPool } from "@/lib/infra/config";
import { PLAYGROUND_LIMIT } from "@/lib/keys/open-playground";
import { listProviderKeys } from "@/lib/provider-keys/list-provider-keys";
import { PROVIDERS } from "@/lib/providers/registry";

export const metadata: Metadata = { title: "Playground" };

const loadSearch = createLoader({ model: parseAsString.withDefault("") });

interface PlaygroundPageProps {
  params: Promise<{ project: string }>;
  searchParams: Promise<SearchParams>;
}

export default async function PlaygroundPage({ params, searchParams }: PlaygroundPageProps) {
  const { project, may } = await requireProject((await params).project, "keys.create");
  const [{ model: wanted }, providerKeys, rules] = await Promise.all([
    loadSearch(searchParams),
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
  return (
    <PlaygroundView
      projectId={project.id}
      baseUrl={gatewayBaseUrl()}
      models={models}
      initialModel={models.find(({ value }) => value === wanted)?.value ?? first.value}
      limit={formatUsd(PLAYGROUND_LIMIT)}
      mayOpenLogs={may("logs.view")}
    />
  );
}
