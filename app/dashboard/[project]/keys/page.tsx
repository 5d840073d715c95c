import type { Metadata } from "next";
import { KeysView } from "@/components/keys/keys-view";
import { gatewayBaseUrl } from "@/components/shell/base-url";
import { requireProject } from "@/lib/edge/session";
import { listKeys } from "@/lib/keys/read-keys";

export const metadata: Metadata = { title: "Keys" };

interface KeysPageProps {
  params: Promise<{ project: string }>;
}

export default async function KeysPage({ params }: KeysPageProps) {
  const { user, project, may } = await requireProject((await params).project, "keys.view");
  return (
    <KeysView
      projectId={project.id}
      initialKeys={await listKeys(project.id)}
      baseUrl={gatewayBaseUrl()}
      userId={user.id}
      may={{ create: may("keys.create"), updateAny: may("keys.update_any"), updateOwn: may("keys.update_own") }}
    />
  );
}
