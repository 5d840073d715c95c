import type { Metadata } from "next";
import { providerChoice } from "@/components/provider-keys/provider-choice";
import { ProviderKeysView } from "@/components/provider-keys/provider-keys-view";
import { requireProject } from "@/lib/edge/session";
import { listProviderKeys } from "@/lib/provider-keys/list-provider-keys";
import { PROVIDERS } from "@/lib/providers/registry";
import { readByokCosts } from "@/lib/usage/byok-costs";

export const metadata: Metadata = { title: "Providers" };

interface ProvidersPageProps {
  params: Promise<{ project: string }>;
}

export default async function ProvidersPage({ params }: ProvidersPageProps) {
  const { organization, project, may } = await requireProject((await params).project, "provider_keys.view");
  const [providerKeys, costs] = await Promise.all([
    listProviderKeys(project.id),
    readByokCosts({ organizationId: organization.id, projectId: project.id }),
  ]);
  return (
    <ProviderKeysView
      projectId={project.id}
      organizationName={organization.name}
      providerKeys={providerKeys}
      costs={costs}
      providers={Object.values(PROVIDERS)
        .filter((provider) => provider.takesOwnKeys)
        .map(providerChoice)}
      mayManage={may("provider_keys.manage")}
    />
  );
}
