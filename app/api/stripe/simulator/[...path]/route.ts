import { showSimulator } from "@/lib/edge/simulator-route";

export const dynamic = "force-dynamic";
export const runtime = "nodejs";

/** The pages of the local checkout simulator. */
async function handler(request: Request, { params }: { params: Promise<{ path: string[] }> }): Promise<Response> {
  return showSimulator(request, (await params).path);
}

export { handler as GET, handler as POST };
