import type { Metadata } from "next";
import { providerChoice } from "@/components/provider-keys/provider-choice";
import { ProviderKeysView } from "@/components/provider-keys/provider-keys-view";
import { requireProject } from "@/lib/edge/session";
import { listProviderKeys } from "@/lib/provider-keys/list-provider-keys";
import { PROVIDERS } from "@/lib/providers/registry";

export const metadata: Metadata = { title: "Providers" };

interface ProvidersPageProps {
  params: Promise<{ project: string }>;
}

export default async function ProvidersPage({ params }: ProvidersPageProps) {
  const { project, may } = await requireProject((await params).project, "provider_keys.view");
  return (
    <ProviderKeysView
      projectId={project.id}
      providerKeys={await listProviderKeys(project.id)}
      providers={Object.values(PROVIDERS)
        .filter((provider) => provider.takesOwnKeys)
        .map(providerChoice)}
      mayManage={may("provider_keys.manage")}
    />
  );
}
