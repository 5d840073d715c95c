import type { Metadata } from "next";
import type { SearchParams } from "nuqs/server";
import { loadModelFilters } from "@/components/catalog/model-filters";
import { ModelsView } from "@/components/catalog/models-view";
import { projectPath } from "@/components/shell/navigation";
import { catalogueEntry } from "@/lib/catalog/catalogue-entry";
import { MODELS } from "@/lib/catalog/models";
import { requireProject } from "@/lib/edge/session";
import { modelAccess, projectCaller } from "@/lib/gateway/project-access";
import { readProjectRules } from "@/lib/iam/read-project-rules";
import { providerPool } from "@/lib/infra/config";
import { listProviderKeys } from "@/lib/provider-keys/list-provider-keys";

export const metadata: Metadata = { title: "Models" };

interface ModelsPageProps {
  params: Promise<{ project: string }>;
  searchParams: Promise<SearchParams>;
}

export default async function ModelsPage({ params, searchParams }: ModelsPageProps) {
  const { project } = await requireProject((await params).project, "project.view");
  const [filters, providerKeys, rules] = await Promise.all([
    loadModelFilters(searchParams),
    listProviderKeys(project.id),
    readProjectRules(project.id),
  ]);
  const caller = projectCaller(project, providerKeys, rules);
  return (
    <ModelsView
      models={MODELS.map((model) => ({
        entry: catalogueEntry(model),
        isCallable: modelAccess(caller, model, providerPool).refusal === null,
      }))}
      filters={filters}
      base={projectPath(project.id, "/models")}
      hasProject
    />
  );
}
