const INDENT = "  ";

/**
 * JSON with a line for each member. Only the space between its parts is changed: numbers, escapes and the order stay as
 * they were sent, also where the text breaks off. What does not begin as JSON is given back as it is.
 */
export function prettyJson(text: string): string {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return text;
  let pretty = "";
  let depth = 0;
  // A string, empty brackets, one sign, or whatever stands between.
  for (const [part] of trimmed.matchAll(/"(?:[^"\\]|\\.)*"?|\{\s*\}|\[\s*\]|[{}[\],:]|[^\s{}[\],:"]+/gs)) {
    if (part === "{" || part === "[") {
      depth += 1;
      pretty += `${part}\n${INDENT.repeat(depth)}`;
    } else if (part === "}" || part === "]") {
      depth = Math.max(0, depth - 1);
      pretty += `\n${INDENT.repeat(depth)}${part}`;
    } else if (part === ",") pretty += `,\n${INDENT.repeat(depth)}`;
    else if (part === ":") pretty += ": ";
    else pretty += part.startsWith('"') ? part : part.replaceAll(/\s/g, "");
  }
  return pretty;
}
