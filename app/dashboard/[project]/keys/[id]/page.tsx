import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import type { SearchParams } from "nuqs/server";
import { AuditTable } from "@/components/audit/audit-table";
import { RulesEditor } from "@/components/iam/rules-editor";
import { ClientSnippetsCard } from "@/components/keys/client-snippets-card";
import { keyFormContext } from "@/components/keys/key-form-context";
import { KeyUsageCard } from "@/components/keys/key-usage-card";
import { loadKeyUsage } from "@/components/keys/key-usage-filters";
import { KeyView } from "@/components/keys/key-view";
import { gatewayBaseUrl } from "@/components/shell/base-url";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { RequestsTable } from "@/components/usage/requests-table";
import { listTrail } from "@/lib/audit/list-trail";
import { findTrailNames } from "@/lib/audit/trail-store";
import { requireProject } from "@/lib/edge/session";
import { readRulesAbove } from "@/lib/iam/read-rules";
import { findKey } from "@/lib/keys/read-keys";
import { ENDPOINT_RECEIPTS_MAX, readKeyEndpoints, readKeyModels } from "@/lib/usage/key-breakdown";
import { listRequests } from "@/lib/usage/requests";
import { spanOf } from "@/lib/usage/span";

export const metadata: Metadata = { title: "Key" };

const RECENT_ROWS = 8;
const TRAIL_ROWS = 20;

interface KeyPageProps {
  params: Promise<{ project: string; id: string }>;
  searchParams: Promise<SearchParams>;
}

export default async function KeyPage({ params, searchParams }: KeyPageProps) {
  const { project: projectId, id: keyId } = await params;
  const asking = await requireProject(projectId, "keys.view");
  const { user, organization, project, may } = asking;
  const organizationId = organization.id;
  const key = await findKey({ organizationId, keyId });
  if (key?.projectId !== project.id) notFound();

  const filters = await loadKeyUsage(searchParams);
  const span = spanOf({ range: filters.range, from: "", to: "" }, new Date());
  if (typeof span === "string") notFound();
  const wish = { projectId: project.id, keyId, span, measure: filters.measure };
  const target = `key:${keyId}`;
  const maker = key.createdById === null ? null : `user:${key.createdById}`;
  const [context, breakdown, requests, above, trail, names] = await Promise.all([
    keyFormContext(asking),
    filters.by === "endpoint" ? readKeyEndpoints(wish) : readKeyModels({ ...wish, organizationId }),
    may("logs.view") ? listRequests({ projectId: project.id, limit: RECENT_ROWS, filters: { keyId } }) : null,
    may("rules.view") ? readRulesAbove(organizationId, keyId) : null,
    may("audit.view") ? listTrail({ organizationId, limit: TRAIL_ROWS, filters: { target } }) : null,
    findTrailNames(organizationId, maker === null ? [] : [maker]),
  ]);
  const logs = `${projectPath(project.id, "/logs")}?key=${keyId}`;
  return (
    <KeyView
      initial={key}
      maker={maker === null ? null : (names.get(maker) ?? null)}
      baseUrl={gatewayBaseUrl()}
      mayChange={may("keys.update_any") || (may("keys.update_own") && key.createdById === user.id)}
      context={context}
    >
      <KeyUsageCard filters={filters} breakdown={breakdown} size={span.size} endpointCallsMax={ENDPOINT_RECEIPTS_MAX} />
      {requests ? (
        <Card className="overflow-hidden">
          <CardHeader
            title="Recent requests"
            {...(requests.rows.length > 0
              ? {
                  actions: (
                    <Button asChild size="sm">
                      <Link href={logs}>All its logs</Link>
                    </Button>
                  ),
                }
              : { description: "None yet: its first call appears here." })}
          />
          {requests.rows.length > 0 ? <RequestsTable projectId={project.id} rows={requests.rows} /> : null}
        </Card>
      ) : null}
      {above ? (
        <Card id="rules" className="scroll-mt-6">
          <CardHeader
            title="Rules"
            description="What the key may call. Several rules of one type allow what any of them allows; all types have to pass."
          />
          <CardBody>
            <RulesEditor
              projectId={project.id}
              owner={{ apiKeyId: keyId }}
              rules={key.rules}
              above={above}
              catalogue={context.catalogue}
              mayChange={may("rules.manage")}
            />
          </CardBody>
        </Card>
      ) : null}
      <ClientSnippetsCard baseUrl={gatewayBaseUrl()} apiKey={key.environment === "test" ? "tp_test_…" : "tp_live_…"} />
      {trail ? (
        <Card className="overflow-hidden">
          <CardHeader title="History" description="Who changed this key, and from where." />
          <AuditTable rows={trail.rows} />
        </Card>
      ) : null}
    </KeyView>
  );
}
