import type { Metadata } from "next";
import type { SearchParams } from "nuqs/server";
import { BooksView } from "@/components/books/books-view";
import { JOURNAL_PAGE_ROWS, loadJournalFilters } from "@/components/books/journal-filters";
import { requireProject } from "@/lib/edge/session";
import { listEntries } from "@/lib/ledger/list-entries";
import { readOrganizationBooks } from "@/lib/ledger/organization-books";

export const metadata: Metadata = { title: "Books" };

interface BooksPageProps {
  params: Promise<{ project: string }>;
  searchParams: Promise<SearchParams>;
}

export default async function BooksPage({ params, searchParams }: BooksPageProps) {
  const { organization, project } = await requireProject((await params).project, "billing.view");
  const filters = await loadJournalFilters(searchParams);
  // A damaged place in an address that somebody typed is the newest page, not an error.
  const before = /^\d{1,18}$/.test(filters.before) ? filters.before : null;
  const [books, journal] = await Promise.all([
    readOrganizationBooks(organization.id),
    listEntries({
      organizationId: organization.id,
      before,
      withRequests: filters.entries === "all",
      limit: JOURNAL_PAGE_ROWS,
    }),
  ]);
  return (
    <BooksView
      projectId={project.id}
      organizationName={organization.name}
      books={books}
      journal={journal}
      filters={filters}
    />
  );
}
