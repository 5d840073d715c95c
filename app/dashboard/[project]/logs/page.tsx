import type { Metadata } from "next";
import type { SearchParams } from "nuqs/server";
import { loadLogFilters, logQuery } from "@/components/usage/log-filters";
import { LogsView } from "@/components/usage/logs-view";
import { MODELS } from "@/lib/catalog/models";
import { requireProject } from "@/lib/edge/session";
import { listKeys } from "@/lib/keys/read-keys";
import { PROVIDER_IDS } from "@/lib/providers/provider";
import { PROVIDERS } from "@/lib/providers/registry";
import { listRequests } from "@/lib/usage/requests";

export const metadata: Metadata = { title: "Logs" };

interface LogsPageProps {
  params: Promise<{ project: string }>;
  searchParams: Promise<SearchParams>;
}

export default async function LogsPage({ params, searchParams }: LogsPageProps) {
  const { project } = await requireProject((await params).project, "logs.view");
  const filters = await loadLogFilters(searchParams);
  const [page, keys] = await Promise.all([listRequests(logQuery(project.id, filters)), listKeys(project.id)]);
  return (
    <LogsView
      projectId={project.id}
      initial={page}
      initialFilters={filters}
      keys={keys.map(({ id, name }) => ({ id, name }))}
      models={MODELS.map(({ name }) => name)}
      providers={PROVIDER_IDS.map((id) => ({ value: id, label: PROVIDERS[id].name }))}
    />
  );
}
