import { GatewayError } from "@/lib/core/errors";
import { currentUser, type ProjectContext, projectContext } from "@/lib/edge/session";
import { failure } from "@/lib/edge/session-action";
import type { Act } from "@/lib/identity/roles";

const HEADERS = { "cache-control": "private, no-store" };

/**
 * Answers a page that refreshes itself: as JSON, for a member whose role allows `act`; 401 without a session, 404 for
 * what is not theirs. Never redirects, because nobody would see the page that it led to.
 */
export function liveProject(
  projectId: string,
  act: Act,
  read: (context: ProjectContext) => Promise<object>,
): Promise<Response> {
  return answerProject(projectId, act, async (context) => Response.json(await read(context), { headers: HEADERS }));
}

/** As `liveProject`, with whatever `respond` answers in place of JSON; refusals are JSON all the same. */
export async function answerProject(
  projectId: string,
  act: Act,
  respond: (context: ProjectContext) => Promise<Response>,
): Promise<Response> {
  const refuse = (status: number, message: string) => Response.json({ message }, { status, headers: HEADERS });
  try {
    const user = await currentUser();
    if (!user) return refuse(401, "Please sign in again.");
    const context = await projectContext(user, projectId);
    if (!context?.may(act)) return refuse(404, "Project not found");
    return await respond(context);
  } catch (error) {
    const { code, message } = failure(error);
    return refuse(error instanceof GatewayError ? error.status : code === "database_unavailable" ? 503 : 500, message);
  }
}
