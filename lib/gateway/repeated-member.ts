import { jsonMembers } from "@/lib/core/json-members";
import { OWN_KEY_MEMBERS } from "@/lib/gateway/own-key-only";

/**
 * What decides what a request asks for and costs. We read the last of equal names, and a provider may read the first: it
 * would do something else than what was allowed, held and charged.
 */
export const DECISIVE_MEMBERS: readonly string[] = [
  "model",
  "messages",
  "prompt",
  "input",
  "max_tokens",
  "max_completion_tokens",
  "max_output_tokens",
  "n",
  "best_of",
  "stream",
  "stream_options",
  "background",
  ...OWN_KEY_MEMBERS,
];

const DECISIVE: ReadonlySet<string> = new Set(DECISIVE_MEMBERS);

/**
 * The first decisive name that stands a second time at the top level of the object whose text (valid JSON) is `text`,
 * however it is spelled; null: none does. Nested, names may stand as often as they like.
 *
 * The scan leaps from quote to quote through texts, which makes it several times cheaper than looking for each name, and
 * a third of what `JSON.parse` of a chat costs.
 */
export function repeatedMember(text: string): string | null {
  const seen = new Set<string>();
  for (const { key } of jsonMembers(text)) {
    if (!DECISIVE.has(key)) continue;
    if (seen.has(key)) return key;
    seen.add(key);
  }
  return null;
}
