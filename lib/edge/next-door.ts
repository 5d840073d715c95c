import { KEEP_ALIVE, routeGateway } from "@/lib/edge/gateway-route";
import { incomingFromWeb } from "@/lib/gateway/incoming";

function streamOf(body: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  let timer: NodeJS.Timeout;
  return new ReadableStream({
    start(controller) {
      timer = setInterval(() => controller.enqueue(KEEP_ALIVE.comment), KEEP_ALIVE.afterMs);
    },
    async pull(controller) {
      const { done, value } = await body.next();
      if (done) {
        clearInterval(timer);
        controller.close();
        return;
      }
      timer.refresh();
      controller.enqueue(value);
    },
    async cancel() {
      clearInterval(timer);
      await body.return(undefined);
    },
  });
}

/**
 * The door for Next's route handlers: what a serverless deployment, `next start` and `next dev` use. The client's address
 * is the one that `addressRequests` wrote, or, where no HTTP server of Node's is in front, what the platform says last.
 */
export async function handleInNext(request: Request): Promise<Response> {
  const remoteAddress = request.headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() ?? "";
  const answer = await routeGateway(incomingFromWeb(request, remoteAddress));
  if (typeof answer.body === "string")
    return new Response(answer.status === 204 ? null : answer.body, { status: answer.status, headers: answer.headers });
  return new Response(streamOf(answer.body), { status: answer.status, headers: answer.headers });
}
