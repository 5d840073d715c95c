import type { Metadata } from "next";
import type { SearchParams } from "nuqs/server";
import { gatewayBaseUrl } from "@/components/shell/base-url";
import { maySee } from "@/components/usage/may-see";
import { OverviewView } from "@/components/usage/overview-view";
import { loadRange } from "@/components/usage/usage-filters";
import { formatUsd } from "@/lib/core/money";
import { requireProject } from "@/lib/edge/session";
import { providerPool } from "@/lib/infra/config";
import { readFirstKeys } from "@/lib/keys/read-keys";
import { readBalance } from "@/lib/ledger/balance";
import { listProviderKeys } from "@/lib/provider-keys/list-provider-keys";
import { PROVIDER_IDS } from "@/lib/providers/provider";
import { readOverview } from "@/lib/usage/overview";
import { listRequests } from "@/lib/usage/requests";
import { daysOf, spanOf } from "@/lib/usage/span";

export const metadata: Metadata = { title: "Overview" };

const RECENT_ROWS = 6;

interface OverviewPageProps {
  params: Promise<{ project: string }>;
  searchParams: Promise<SearchParams>;
}

export default async function OverviewPage({ params, searchParams }: OverviewPageProps) {
  const { organization, project, may } = await requireProject((await params).project, "usage.view");
  const technical = may("keys.view") && may("logs.view");
  const range = await loadRange(searchParams);
  const now = new Date();
  const span = spanOf(range, now);
  const top = (["model", "key", "user"] as const).filter((by) => maySee(by, may));
  const [overview, balance, keys, providerKeys, recent] = await Promise.all([
    typeof span === "string"
      ? null
      : readOverview({ organizationId: organization.id, projectId: project.id }, { span, top, now }),
    may("billing.view") ? readBalance(organization.id) : null,
    technical ? readFirstKeys(project.id) : null,
    technical ? listProviderKeys(project.id) : [],
    technical ? listRequests({ projectId: project.id, limit: RECENT_ROWS }) : null,
  ]);
  return (
    <OverviewView
      project={project}
      range={range.range}
      span={typeof span === "string" ? span : { ...daysOf(span), size: span.size }}
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
              newestKeyId: keys?.newestKeyId ?? null,
              hasLimit: keys?.hasLimit ?? false,
              hasRequest: (recent?.rows.length ?? 0) > 0,
              hasProviderKey: providerKeys.length > 0,
              hasPool: PROVIDER_IDS.some((id) => providerPool(id).keys.length > 0),
            }
          : null
      }
    />
  );
}
