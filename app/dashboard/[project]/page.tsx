import type { Metadata } from "next";
import { gatewayBaseUrl } from "@/components/shell/base-url";
import { OverviewView } from "@/components/usage/overview-view";
import { formatUsd } from "@/lib/core/money";
import { requireProject } from "@/lib/edge/session";
import { listKeys } from "@/lib/keys/read-keys";
import { readBalance } from "@/lib/ledger/balance";
import { listProviderKeys } from "@/lib/provider-keys/list-provider-keys";
import { readOverview } from "@/lib/usage/overview";
import { listRequests } from "@/lib/usage/requests";

export const metadata: Metadata = { title: "Overview" };

const RECENT_ROWS = 6;

interface OverviewPageProps {
  params: Promise<{ project: string }>;
}

export default async function OverviewPage({ params }: OverviewPageProps) {
  const { organization, project, may } = await requireProject((await params).project, "usage.view");
  const technical = may("keys.view") && may("logs.view");
  const [overview, balance, keys, providerKeys, recent] = await Promise.all([
    readOverview(project.id),
    may("billing.view") ? readBalance(organization.id) : null,
    technical ? listKeys(project.id) : [],
    technical ? listProviderKeys(project.id) : [],
    technical ? listRequests({ projectId: project.id, limit: RECENT_ROWS }) : null,
  ]);
  return (
    <OverviewView
      project={project}
      overview={overview}
      balance={balance && { available: formatUsd(balance.available), held: formatUsd(balance.held) }}
      recent={recent?.rows ?? null}
      firstRun={
        may("keys.create")
          ? {
              projectId: project.id,
              baseUrl: gatewayBaseUrl(),
              mode: project.mode,
              available: balance && formatUsd(balance.available),
              hasKey: keys.length > 0,
              hasLimit: keys.some((key) => key.usageLimit !== null),
              hasRequest: (recent?.rows.length ?? 0) > 0,
              hasProviderKey: providerKeys.length > 0,
            }
          : null
      }
    />
  );
}
