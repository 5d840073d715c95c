import { pythonLiteral } from "@/components/keys/python-literal";
import type { Snippet } from "@/components/keys/snippets";
import type { ChatBody } from "@/components/playground/chat-body";

const INDENT = "    ";

/** Text in single quotes, as a POSIX shell reads it back unchanged. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A request as code that sends it, with the key in the environment variable `TURNPIKE_KEY`. */
export function chatCode(baseUrl: string, body: ChatBody): Snippet[] {
  const json = JSON.stringify(body, null, 2);
  const keywords = Object.entries(body).map(([name, value]) => `${INDENT}${name}=${pythonLiteral(value, INDENT)},\n`);
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
