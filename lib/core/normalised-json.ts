import { endOfString } from "@/lib/core/json-members";

/** An object or an array that has not ended yet, with what is in it so far, each part normalised. */
interface Open {
  isObject: boolean;
  members: { name: string; value: string }[];
  /** Of an object: the name that waits for its value. */
  name: string | null;
}

const BREAKS = new Set([" ", "\n", "\r", "\t", ",", ":", "{", "}", "[", "]", '"']);

function textOf({ isObject, members }: Open): string {
  if (!isObject) return `[${members.map(({ value }) => value).join(",")}]`;
  // Stable: of a name that stands twice, which readers differ on, the order stays.
  const sorted = members.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return `{${sorted.map(({ name, value }) => `${name}:${value}`).join(",")}}`;
}

/**
 * One form for all valid JSON texts that differ only in spacing, the order of members, and how characters are escaped.
 * It works on the text, so that numbers stay as they were written: read as JavaScript's, two large ones could become the
 * same. Any depth: nothing recurses.
 */
export function normalisedJson(text: string): string {
  const open: Open[] = [];
  let whole = "";
  const put = (value: string): void => {
    const inside = open.at(-1);
    if (!inside) whole = value;
    else if (inside.isObject && inside.name === null) inside.name = value;
    else {
      inside.members.push({ name: inside.name ?? "", value });
      inside.name = null;
    }
  };
  for (let index = 0; index < text.length; ) {
    const character = text.charAt(index);
    if (character === '"') {
      const end = endOfString(text, index);
      const string = text.slice(index, end);
      put(string.includes("\\") ? JSON.stringify(JSON.parse(string)) : string);
      index = end;
    } else if (character === "{" || character === "[") {
      open.push({ isObject: character === "{", members: [], name: null });
      index += 1;
    } else if (character === "}" || character === "]") {
      const ended = open.pop();
      if (ended) put(textOf(ended));
      index += 1;
    } else if (BREAKS.has(character)) {
      index += 1;
    } else {
      const start = index;
      while (index < text.length && !BREAKS.has(text.charAt(index))) index += 1;
      put(text.slice(start, index));
    }
  }
  return whole;
}
