import { setJsonMembers, soleMember } from "@/lib/core/json-members";

/**
 * The text of an object that says `from` as its `model`, with another name there; all else stays as it came. Each event
 * of a stream names its model, so it is looked for where it most likely is before the whole text is read.
 */
export function renameModel(text: string, from: unknown, to: string): string {
  const name = JSON.stringify(to);
  const member = soleMember(text, "model");
  return member && text.slice(member.valueStart + 1, member.valueEnd - 1) === from
    ? text.slice(0, member.valueStart) + name + text.slice(member.valueEnd)
    : setJsonMembers(text, { model: name });
}
