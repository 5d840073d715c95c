import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { EndUserDetail } from "@/components/end-users/end-user-detail";
import { requireProject } from "@/lib/edge/session";
import { listBudgets } from "@/lib/end-users/read-budgets";
import { readEndUser } from "@/lib/end-users/read-end-users";
import { listEndUserRequests } from "@/lib/usage/end-user-requests";

export const metadata: Metadata = { title: "End user" };

const BUDGETS_MAX = 1_000;
const REQUESTS_SHOWN = 50;

interface EndUserPageProps {
  params: Promise<{ project: string; user: string }>;
}

export default async function EndUserPage({ params }: EndUserPageProps) {
  const { project: projectId, user: endUserId } = await params;
  const { organization, project, may } = await requireProject(projectId, "end_users.view");
  const user = (await readEndUser(organization.id, endUserId)) ?? notFound();
  const [budgets, requests] = await Promise.all([
    listBudgets({ organizationId: organization.id, skip: 0, limit: BUDGETS_MAX }),
    listEndUserRequests({ endUserId: user.id, projectId: project.id, skip: 0, limit: REQUESTS_SHOWN }),
  ]);
  return (
    <EndUserDetail
      projectId={project.id}
      user={user}
      budgets={budgets}
      requests={requests}
      mayManage={may("end_users.manage")}
    />
  );
}
