import type { GatewayAnswer } from "@/lib/gateway/answer";
import type { ModelRequest } from "@/lib/gateway/parse";
import type { RequestFacts } from "@/lib/gateway/receipt";
import type { Caller } from "@/lib/keys/caller";
import { CAPTURE_LOOK_BYTES } from "@/lib/usage/captured-text";
import { noteCapture } from "@/lib/usage/note-capture";

/** A copy of its beginning: a slice would keep all of a large body in memory. */
function beginningOf(text: string): string {
  return text.length <= CAPTURE_LOOK_BYTES ? text : Buffer.from(text.slice(0, CAPTURE_LOOK_BYTES)).toString();
}

/**
 * Keeps the bodies of a request of a project whose retention is `full`, as they went over the wire: noted once the answer
 * is given, written later (`note-capture.ts`). The answer goes on as it is, and a stream as it comes.
 */
export function captured(
  { id, createdAt }: RequestFacts,
  { projectId }: Caller,
  { routing, text }: ModelRequest,
  answer: GatewayAnswer,
): GatewayAnswer {
  const { body } = answer;
  const noted = { requestId: id, projectId, createdAt, request: beginningOf(routing?.sent ?? text) };
  if (typeof body === "string") {
    noteCapture({ ...noted, answer: beginningOf(body), isStream: false });
    return answer;
  }
  const isStream = true;
  return { ...answer, body: overheard(body, (heard) => noteCapture({ ...noted, answer: heard, isStream })) };
}

/** Passes a stream on as it comes; `told` is given its beginning at its end, also where it broke off. */
async function* overheard(
  body: AsyncGenerator<Uint8Array>,
  told: (beginning: string) => void,
): AsyncGenerator<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of body) {
      if (size < CAPTURE_LOOK_BYTES) parts.push(part);
      size += part.byteLength;
      yield part;
    }
  } finally {
    told(beginningOf(Buffer.concat(parts).toString("utf8")));
  }
}
