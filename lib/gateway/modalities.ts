import type { Modality } from "@/lib/catalog/models";
import { isRecord } from "@/lib/core/is-record";

/** What the parts of a content that are no text bring, in the words of OpenAI's two APIs, Anthropic's and OpenRouter's. */
const MODALITY_OF = new Map<unknown, Modality>([
  ["image_url", "image"],
  ["image", "image"],
  ["input_image", "image"],
  ["input_audio", "audio"],
  ["video_url", "video"],
  ["input_video", "video"],
  ["input_file", "pdf"],
  ["file", "pdf"],
  ["document", "pdf"],
]);

/** Where a part carries an address, and what may stand there beside what its type says. */
function inlineModality(part: Readonly<Record<string, unknown>>): Modality | null {
  const image = isRecord(part.image_url) ? part.image_url.url : part.image_url;
  const data = isRecord(part.file) ? part.file.file_data : (part.file_data ?? image);
  if (typeof data !== "string") return null;
  if (/^data:audio\//i.test(data)) return "audio";
  return /^data:video\//i.test(data) ? "video" : null;
}

/** The parts of a content, and those within the results of tools. */
function collect(content: unknown, into: Set<Modality>): void {
  if (!Array.isArray(content)) return;
  for (const part of content) {
    if (!isRecord(part)) continue;
    const modality = inlineModality(part) ?? MODALITY_OF.get(part.type);
    if (modality) into.add(modality);
    collect(part.content, into);
    collect(part.output, into);
  }
}

/** What a chat's body brings beside text, in whichever dialect. */
export function modalitiesIn(body: unknown): ReadonlySet<Modality> {
  const found = new Set<Modality>();
  if (!isRecord(body)) return found;
  if (Array.isArray(body.messages))
    for (const message of body.messages) if (isRecord(message)) collect(message.content, found);
  collect(body.system, found);
  collect(body.input, found);
  return found;
}
