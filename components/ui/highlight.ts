export type CodeLanguage = "bash" | "python" | "typescript" | "json" | "http";

/** How a piece of code is coloured; `plain` is everything else. */
export type CodeTone = "plain" | "comment" | "string" | "keyword" | "name";

export interface CodePiece {
  text: string;
  tone: CodeTone;
}

const KEYWORDS: Record<CodeLanguage, string> = {
  bash: "curl|export",
  python: "from|import|for|in|print|as|True|False|None",
  typescript: "import|from|const|await|new|for|of|true|false|null",
  json: "true|false|null",
  http: "POST|GET|HTTP",
};

/** One pass, longest first: a comment, a string, a keyword, a name before a colon or an equals sign. */
function pattern(language: CodeLanguage): RegExp {
  const comment =
    language === "typescript" ? "//[^\\n]*" : language === "json" || language === "http" ? "(?!)" : "#[^\\n]*";
  // In a shell a colon is part of an address more often than it follows a name.
  const names = language === "bash" ? "(?!)" : "[A-Za-z_]+(?=\\s*[=:](?!=))";
  return new RegExp(
    `(?<comment>${comment})|(?<string>"(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*')|(?<keyword>\\b(?:${KEYWORDS[language]})\\b)|(?<name>${names})`,
    "g",
  );
}

/** Beyond it, colours cost a browser more than they tell a reader. */
const COLOURED_CHARACTERS_MAX = 32_768;

/** Splits code into coloured pieces. Joined together they are the code again; meant for our own snippets, not a parser. */
export function highlight(code: string, language: CodeLanguage): CodePiece[] {
  if (code.length > COLOURED_CHARACTERS_MAX) return [{ text: code, tone: "plain" }];
  const pieces: CodePiece[] = [];
  let end = 0;
  for (const match of code.matchAll(pattern(language))) {
    if (match.index > end) pieces.push({ text: code.slice(end, match.index), tone: "plain" });
    const { comment, string, keyword } = match.groups ?? {};
    const tone =
      comment !== undefined ? "comment" : string !== undefined ? "string" : keyword !== undefined ? "keyword" : "name";
    pieces.push({ text: match[0], tone });
    end = match.index + match[0].length;
  }
  if (end < code.length) pieces.push({ text: code.slice(end), tone: "plain" });
  return pieces;
}
