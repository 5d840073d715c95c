import { config } from "@/lib/infra/config";
import { findCapture } from "@/lib/usage/capture-store";
import type { CapturedText } from "@/lib/usage/captured-text";

/** The bodies of one request, as they are kept. */
export interface Capture {
  request: CapturedText;
  /** Of a stream, its events. */
  answer: CapturedText;
}

/** The bodies of a request of a project; null where none are kept, or not any more. */
export async function readCapture({ projectId, id }: { projectId: string; id: string }): Promise<Capture | null> {
  const row = await findCapture(projectId, id, config().captureDays);
  return (
    row && {
      request: { text: row.requestBody, cut: row.requestCut },
      answer: { text: row.answerBody, cut: row.answerCut },
    }
  );
}
