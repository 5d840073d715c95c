/**
 * Edits the members of a JSON object in its text, so that everything else in it stays as it was sent: the order, the
 * spacing, and numbers that a JavaScript number cannot hold.
 */
export interface JsonMember {
  key: string;
  /** Where the key's text begins. */
  keyStart: number;
  /** Where the value's text begins and ends. */
  valueStart: number;
  valueEnd: number;
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const COMMA = 44;
const COLON = 58;

/** The index after the string that opens at `start`. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/** The members at the top level of the object whose text (valid JSON) is `text`; the last of equal keys comes last. */
export function jsonMembers(text: string): JsonMember[] {
  const members: JsonMember[] = [];
  let depth = 0;
  let key: string | null = null;
  let keyStart = -1;
  let valueStart = -1;
  const close = (end: number) => {
    if (key === null || valueStart === -1) return;
    let valueEnd = end;
    while (isSpace(text.charCodeAt(valueEnd - 1))) valueEnd -= 1;
    members.push({ key, keyStart, valueStart, valueEnd });
    key = null;
    valueStart = -1;
  };
  for (let index = 0; index < text.length; ) {
    const code = text.charCodeAt(index);
    if (depth === 1 && key !== null && valueStart === -1 && !isSpace(code) && code !== COLON) valueStart = index;
    if (code === QUOTE) {
      const end = endOfString(text, index);
      if (depth === 1 && key === null) {
        key = JSON.parse(text.slice(index, end));
        keyStart = index;
      }
      index = end;
      continue;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) close(index);
    } else if (code === COMMA && depth === 1) close(index);
    index += 1;
  }
  return members;
}

/** The index after the object that opens at `start`. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; ) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      index = endOfString(text, index);
      continue;
    }
    index += 1;
    if (code === OPEN_BRACE) depth += 1;
    else if (code === CLOSE_BRACE) {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  return text.length;
}

/**
 * The member `key` of an object that is known to have it, found without reading the rest: null where its name stands
 * somewhere else too, or its value is neither a string nor an object, and `jsonMembers` has to look.
 */
export function soleMember(text: string, key: string): JsonMember | null {
  const name = `"${key}"`;
  const at = text.indexOf(name);
  if (at === -1 || text.indexOf(name, at + name.length) !== -1) return null;
  let valueStart = at + name.length;
  while (isSpace(text.charCodeAt(valueStart))) valueStart += 1;
  if (text.charCodeAt(valueStart) !== COLON) return null;
  valueStart += 1;
  while (isSpace(text.charCodeAt(valueStart))) valueStart += 1;
  const first = text.charCodeAt(valueStart);
  if (first === QUOTE) return { key, keyStart: at, valueStart, valueEnd: endOfString(text, valueStart) };
  return first === OPEN_BRACE ? { key, keyStart: at, valueStart, valueEnd: endOfObject(text, valueStart) } : null;
}

/**
 * The text of an object with the given members set to the given JSON texts: replaced where they are, else added at the
 * end. `members` spares a second scan to who has `jsonMembers` of the same text already.
 */
export function setJsonMembers(
  text: string,
  values: Readonly<Record<string, string>>,
  members = jsonMembers(text),
): string {
  const names = Object.keys(values);
  if (names.length === 0) return text;
  const edits = members.filter((member) => Object.hasOwn(values, member.key));
  let result = "";
  let position = 0;
  for (const member of edits) {
    result += text.slice(position, member.valueStart) + values[member.key];
    position = member.valueEnd;
  }
  const present = new Set(members.map((member) => member.key));
  const added = names.filter((name) => !present.has(name)).map((name) => `${JSON.stringify(name)}:${values[name]}`);
  const closing = text.lastIndexOf("}");
  if (added.length === 0) return result + text.slice(position);
  return `${result}${text.slice(position, closing)}${members.length > 0 ? "," : ""}${added.join(",")}${text.slice(closing)}`;
}

/** The text of an object without the members of these names; those that stay keep their text, not the space between. */
export function dropJsonMembers(text: string, names: readonly string[]): string {
  const members = jsonMembers(text);
  const kept = members.filter(({ key }) => !names.includes(key));
  if (kept.length === members.length) return text;
  return `{${kept.map(({ keyStart, valueEnd }) => text.slice(keyStart, valueEnd)).join(",")}}`;
}
