import type { Metadata } from "next";
import type { SearchParams } from "nuqs/server";
import { AUDIT_PAGE_ROWS, loadAuditFilters, trailFilters } from "@/components/audit/audit-filters";
import { AuditView } from "@/components/audit/audit-view";
import { listTrail } from "@/lib/audit/list-trail";
import { ANY_KEY, findTrailPeople } from "@/lib/audit/trail-store";
import { requireProject } from "@/lib/edge/session";

export const metadata: Metadata = { title: "Audit" };

interface AuditPageProps {
  params: Promise<{ project: string }>;
  searchParams: Promise<SearchParams>;
}

export default async function AuditPage({ params, searchParams }: AuditPageProps) {
  const { organization, project } = await requireProject((await params).project, "audit.view");
  const filters = await loadAuditFilters(searchParams);
  // A damaged place in an address that somebody typed is the newest page, not an error.
  const before = /^\d{1,18}$/.test(filters.before) ? filters.before : null;
  const [{ rows, next }, people] = await Promise.all([
    listTrail({ organizationId: organization.id, before, limit: AUDIT_PAGE_ROWS, filters: trailFilters(filters) }),
    findTrailPeople(organization.id),
  ]);
  return (
    <AuditView
      projectId={project.id}
      organizationName={organization.name}
      rows={rows}
      next={next}
      people={people.map(({ actor, name }) => ({ value: actor, label: name }))}
      anyKey={ANY_KEY}
    />
  );
}
