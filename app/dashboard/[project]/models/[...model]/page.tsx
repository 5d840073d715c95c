import { FlaskConical } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { modelIdOf } from "@/components/catalog/model-path";
import { ModelView } from "@/components/catalog/model-view";
import { gatewayBaseUrl } from "@/components/shell/base-url";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { catalogueEntry } from "@/lib/catalog/catalogue-entry";
import { findCatalogued, qualifiedName } from "@/lib/catalog/find-model";
import { requireProject } from "@/lib/edge/session";
import { modelAccess, projectCaller } from "@/lib/gateway/project-access";
import { readProjectRules } from "@/lib/iam/read-project-rules";
import { providerPool } from "@/lib/infra/config";
import { listProviderKeys } from "@/lib/provider-keys/list-provider-keys";

interface ModelPageProps {
  params: Promise<{ project: string; model: string[] }>;
}

async function asked(params: ModelPageProps["params"]) {
  return findCatalogued(modelIdOf((await params).model) ?? "");
}

export async function generateMetadata({ params }: ModelPageProps): Promise<Metadata> {
  const model = await asked(params);
  return { title: model?.name ?? "Not found" };
}

export default async function ModelPage({ params }: ModelPageProps) {
  const { project, may } = await requireProject((await params).project, "project.view");
  const model = await asked(params);
  if (!model) notFound();
  const [providerKeys, rules] = await Promise.all([listProviderKeys(project.id), readProjectRules(project.id)]);
  const access = modelAccess(projectCaller(project, providerKeys, rules), model, providerPool);
  const isTryable = may("keys.create") && access.refusal === null && model.kind === "chat";
  return (
    <ModelView
      entry={catalogueEntry(model)}
      base={projectPath(project.id, "/models")}
      baseUrl={gatewayBaseUrl()}
      apiKey="your-key"
      access={access}
      actions={
        isTryable ? (
          <Button asChild variant="primary">
            <Link href={`${projectPath(project.id, "/playground")}?model=${encodeURIComponent(qualifiedName(model))}`}>
              <FlaskConical />
              Try it
            </Link>
          </Button>
        ) : null
      }
    />
  );
}
