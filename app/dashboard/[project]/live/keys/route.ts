import { liveProject } from "@/components/shell/live-project";
import { listKeys } from "@/lib/keys/read-keys";

/** The keys of a project as they stand, for a page that is open. */
export async function GET(_request: Request, { params }: { params: Promise<{ project: string }> }): Promise<Response> {
  return liveProject((await params).project, "keys.view", ({ project }) => listKeys(project.id));
}
