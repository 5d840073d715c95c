import { commonHeaders, type GatewayAnswer } from "@/lib/gateway/answer";
import type { KeptAnswer } from "@/lib/gateway/kept-answer";

/** A kept answer, given again; `headers` add to those that were kept, and stand in their place. */
export function replay(kept: KeptAnswer, requestId: string, headers: Readonly<Record<string, string>>): GatewayAnswer {
  const isStream = kept.headers["content-type"]?.startsWith("text/event-stream") ?? false;
  return {
    status: kept.status,
    headers: { ...commonHeaders(requestId), ...kept.headers, ...headers },
    body: isStream ? bytesOf(kept.body) : kept.body.toString("utf8"),
  };
}

/** A body that is there already, as a stream of it. */
export async function* bytesOf(body: Buffer): AsyncGenerator<Uint8Array> {
  yield body;
}
