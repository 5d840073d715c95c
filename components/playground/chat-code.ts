import type { Snippet } from "@/components/keys/snippets";
import type { ChatBody } from "@/components/playground/chat-body";

const INDENT = "    ";

/** A JSON value as a Python literal; JSON's escapes in strings are Python's too. */
function python(value: unknown, indent: string): string {
  const deeper = indent + INDENT;
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  const list = (items: string[], [open, close]: readonly [string, string]) =>
    items.length === 0
      ? open + close
      : `${open}\n${items.map((item) => `${deeper}${item},\n`).join("")}${indent}${close}`;
  if (Array.isArray(value))
    return list(
      value.map((item) => python(item, deeper)),
      ["[", "]"],
    );
  if (typeof value === "object") {
    const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${python(item, deeper)}`);
    return list(entries, ["{", "}"]);
  }
  return JSON.stringify(value);
}

/** Text in single quotes, as a POSIX shell reads it back unchanged. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A request as code that sends it, with the key in the environment variable `TURNPIKE_KEY`. */
export function chatCode(baseUrl: string, body: ChatBody): Snippet[] {
  const json = JSON.stringify(body, null, 2);
  const keywords = Object.entries(body).map(([name, value]) => `${INDENT}${name}=${python(value, INDENT)},\n`);
  return [
    {
      id: "curl",
      label: "curl",
      language: "bash",
      what: "curl command",
      code: `curl ${baseUrl}/chat/completions \\
  -H "Authorization: Bearer $TURNPIKE_KEY" \\
  -H "Content-Type: application/json" \\
  -d ${shellQuoted(json)}`,
    },
    {
      id: "python",
      label: "Python",
      language: "python",
      what: "Python code",
      code: `import os
from openai import OpenAI

client = OpenAI(base_url="${baseUrl}", api_key=os.environ["TURNPIKE_KEY"])

completion = client.chat.completions.create(
${keywords.join("")})
print(completion.choices[0].message)`,
    },
    {
      id: "typescript",
      label: "TypeScript",
      language: "typescript",
      what: "TypeScript code",
      code: `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${baseUrl}", apiKey: process.env.TURNPIKE_KEY });

const completion = await client.chat.completions.create(${json});
console.log(completion.choices[0].message);`,
    },
  ];
}
