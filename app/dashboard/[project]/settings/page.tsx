import type { Metadata } from "next";
import { BalanceAlertsCard } from "@/components/alerts/balance-alerts-card";
import { SpendLimitsCard } from "@/components/billing/spend-limits-card";
import { CacheCard } from "@/components/projects/cache-card";
import { DeleteOrganizationCard } from "@/components/projects/delete-organization-card";
import { DeleteProjectCard } from "@/components/projects/delete-project-card";
import { LimitsCards } from "@/components/projects/limits-cards";
import { ModeCard } from "@/components/projects/mode-card";
import { NameCard } from "@/components/projects/name-card";
import { PauseCard } from "@/components/projects/pause-card";
import { RetentionCard } from "@/components/projects/retention-card";
import { gatewayBaseUrl } from "@/components/shell/base-url";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { CopyableText } from "@/components/ui/copy-button";
import { Fact, Facts } from "@/components/ui/facts";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { readBalanceAlerts } from "@/lib/alerts/set-balance-alerts";
import { formatUsd } from "@/lib/core/money";
import { requireProject } from "@/lib/edge/session";
import { config } from "@/lib/infra/config";
import { readBalance } from "@/lib/ledger/balance";
import { readSpendLimits } from "@/lib/meters/spend-limits";
import { CAPTURE_BYTES_MAX } from "@/lib/usage/captured-text";

export const metadata: Metadata = { title: "Settings" };

interface SettingsPageProps {
  params: Promise<{ project: string }>;
}

export default async function SettingsPage({ params }: SettingsPageProps) {
  const { organization, project, membership, may } = await requireProject((await params).project);
  const mayChange = may("project.update");
  const [balances, spenders] = may("billing.view")
    ? await Promise.all([readBalanceAlerts(organization.id), readSpendLimits(organization)])
    : [null, null];
  const balance = may("organization.delete") ? await readBalance(organization.id) : null;
  return (
    <>
      <PageHeader title="Settings" />
      <div className="grid max-w-3xl gap-4">
        {mayChange ? null : (
          <Notice tone="info">
            Your role in this organisation ({membership.role}) lets you look at these settings, not change them.
          </Notice>
        )}
        <NameCard projectId={project.id} name={project.name} mayChange={mayChange} />
        <ModeCard projectId={project.id} mode={project.mode} mayChange={mayChange} />
        <LimitsCards project={project} mayChange={mayChange} maySeeRules={may("rules.view")} />
        <CacheCard projectId={project.id} ttlSeconds={project.cacheTtlSeconds} mayChange={mayChange} />
        <RetentionCard
          projectId={project.id}
          retention={project.retention}
          days={config().captureDays}
          mostKib={CAPTURE_BYTES_MAX / 1024}
          mayChange={mayChange}
        />
        {balances === null ? null : (
          <BalanceAlertsCard
            organizationId={organization.id}
            organizationName={organization.name}
            balances={balances}
            mayChange={may("billing.manage")}
          />
        )}
        {spenders === null ? null : (
          <SpendLimitsCard organizationId={organization.id} spenders={spenders} mayChange={may("billing.manage")} />
        )}
        <PauseCard
          project={{ id: project.id, name: project.name, isPaused: project.isPaused }}
          organization={organization}
          mayPauseProject={mayChange}
          mayPauseOrganization={may("organization.update")}
        />
        <Card>
          <CardHeader title="For your programs" description="What you need outside this page." />
          <CardBody>
            <Facts>
              <Fact name="Base URL">
                <CopyableText text={gatewayBaseUrl()} what="base URL" />
              </Fact>
              <Fact name="Project id">
                <CopyableText text={project.id} what="project id" />
              </Fact>
              <Fact name="Organisation id">
                <CopyableText text={organization.id} what="organisation id" />
              </Fact>
            </Facts>
          </CardBody>
        </Card>
        {may("project.delete") ? <DeleteProjectCard projectId={project.id} name={project.name} /> : null}
        {balance ? (
          <DeleteOrganizationCard organization={organization} available={formatUsd(balance.available)} />
        ) : null}
      </div>
    </>
  );
}
