import { liveProject } from "@/components/shell/live-project";
import { requireProjectKey } from "@/lib/keys/read-keys";

/** One key of a project as it stands, for its page while that is open. */
export async function GET(
  _request: Request,
  { params }: { params: Promise<{ project: string; id: string }> },
): Promise<Response> {
  const { project: projectId, id: keyId } = await params;
  return liveProject(projectId, "keys.view", ({ organization, project }) =>
    requireProjectKey({ organizationId: organization.id, projectId: project.id, keyId }),
  );
}
