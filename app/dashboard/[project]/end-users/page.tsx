import type { Metadata } from "next";
import type { SearchParams } from "nuqs/server";
import { END_USER_PAGE_ROWS, loadEndUserFilters } from "@/components/end-users/end-user-filters";
import { EndUsersView } from "@/components/end-users/end-users-view";
import { requireProject } from "@/lib/edge/session";
import { listAssignedBudgets } from "@/lib/end-users/read-budgets";
import { listEndUsers } from "@/lib/end-users/read-end-users";

export const metadata: Metadata = { title: "End users" };

/** Every budget can be assigned, so all of them are listed; nobody has more kinds of customers. */
const BUDGETS_MAX = 1_000;
const PAGES_MAX = 100_000;

interface EndUsersPageProps {
  params: Promise<{ project: string }>;
  searchParams: Promise<SearchParams>;
}

export default async function EndUsersPage({ params, searchParams }: EndUsersPageProps) {
  const { organization, project, may } = await requireProject((await params).project, "end_users.view");
  const { q, page } = await loadEndUserFilters(searchParams);
  // A page that somebody typed and that cannot be is the first.
  const skip = page >= 1 && page <= PAGES_MAX ? (page - 1) * END_USER_PAGE_ROWS : 0;
  const [users, budgets] = await Promise.all([
    listEndUsers({ organizationId: organization.id, skip, limit: END_USER_PAGE_ROWS + 1, search: q.slice(0, 200) }),
    listAssignedBudgets({ organizationId: organization.id, skip: 0, limit: BUDGETS_MAX }),
  ]);
  return (
    <EndUsersView
      projectId={project.id}
      organization={{ id: organization.id, name: organization.name }}
      users={users.slice(0, END_USER_PAGE_ROWS)}
      hasMore={users.length > END_USER_PAGE_ROWS}
      budgets={budgets}
      mayManage={may("end_users.manage")}
    />
  );
}
