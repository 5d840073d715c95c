import type { Metadata } from "next";
import { keyFormContext } from "@/components/keys/key-form-context";
import { KeysView } from "@/components/keys/keys-view";
import { gatewayBaseUrl } from "@/components/shell/base-url";
import { requireProject } from "@/lib/edge/session";
import { listKeys } from "@/lib/keys/read-keys";
import { readKeyTrends } from "@/lib/usage/key-trends";

export const metadata: Metadata = { title: "Keys" };

interface KeysPageProps {
  params: Promise<{ project: string }>;
}

export default async function KeysPage({ params }: KeysPageProps) {
  const asking = await requireProject((await params).project, "keys.view");
  const { user, organization, project, may } = asking;
  const [keys, trends, context] = await Promise.all([
    listKeys(project.id),
    readKeyTrends({ organizationId: organization.id, projectId: project.id }),
    keyFormContext(asking),
  ]);
  return (
    <KeysView
      projectId={project.id}
      initialKeys={keys}
      trends={trends}
      context={context}
      baseUrl={gatewayBaseUrl()}
      userId={user.id}
      may={{ create: may("keys.create"), updateAny: may("keys.update_any"), updateOwn: may("keys.update_own") }}
    />
  );
}
