import type { ReferenceOperation } from "@/components/docs/read-reference";
import { pythonLiteral } from "@/components/keys/python-literal";
import type { Snippet } from "@/components/keys/snippets";

/** What stands for `{id}` in an example, by the first segment of the path. */
const SAMPLE_IDS: Readonly<Record<string, string>> = {
  models: "openai/gpt-4o-mini",
  generation: "gen_your_request",
  keys: "key_your_key",
  projects: "prj_your_project",
  "provider-keys": "pvk_your_key",
  users: "user-123",
  members: "mem_your_member",
  budgets: "bud_your_budget",
  pricing: "openai:gpt-4o-mini",
};

/** The calls that clients' own libraries make, by path. */
const CLIENT_CALLS: Readonly<Record<string, { library: "openai" | "anthropic"; call: string }>> = {
  "chat/completions": { library: "openai", call: "chat.completions.create" },
  completions: { library: "openai", call: "completions.create" },
  responses: { library: "openai", call: "responses.create" },
  embeddings: { library: "openai", call: "embeddings.create" },
  messages: { library: "anthropic", call: "messages.create" },
};

/** What is longer is broken into lines. */
const SHORT_CHARACTERS = 60;

/** One call as a curl command, in Python and in TypeScript, with the reader's own address; the key is in the environment. */
export function operationSnippets(operation: ReferenceOperation, baseUrl: string): Snippet[] {
  const client = CLIENT_CALLS[operation.path];
  const address = addressOf(operation, baseUrl);
  return [
    { id: "curl", label: "curl", language: "bash", what: "curl command", code: curl(operation, address) },
    {
      id: "python",
      label: "Python",
      language: "python",
      what: "Python code",
      code: client ? pythonClient(client, operation, baseUrl) : pythonRequest(operation, address),
    },
    {
      id: "typescript",
      label: "TypeScript",
      language: "typescript",
      what: "TypeScript code",
      code: client ? typescriptClient(client, operation, baseUrl) : typescriptRequest(operation, address),
    },
  ];
}

function addressOf({ path, parameters }: ReferenceOperation, baseUrl: string): string {
  const sample = SAMPLE_IDS[path.split("/")[0] ?? ""] ?? "…";
  const query = parameters
    .filter(({ name, isRequired }) => isRequired && !path.includes(`{${name}}`))
    .map(({ name }) => `${name}=${sample}`);
  return `${baseUrl}/${path.replace("{id}", sample)}${query.length > 0 ? `?${query.join("&")}` : ""}`;
}

/** Lines after the first are indented, so that what is long can stand inside a call. */
function indented(text: string, by: string): string {
  return text.replaceAll("\n", `\n${by}`);
}

function curl({ method, body }: ReferenceOperation, address: string): string {
  const lines = [
    `curl ${method === "GET" ? "" : `-X ${method} `}${address}`,
    `-H "Authorization: Bearer $TURNPIKE_KEY"`,
    ...(body ? [`-H "Content-Type: application/json"`, `-d '${indented(jsonText(body.example), "  ")}'`] : []),
  ];
  return lines.join(" \\\n  ");
}

/** A JSON value as text; what is short stands on one line. `name` writes the names of members. */
function jsonText(value: unknown, name: (text: string) => string = JSON.stringify, indent = ""): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const deeper = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => jsonText(item, name, deeper))
    : Object.entries(value).map(([member, part]) => `${name(member)}: ${jsonText(part, name, deeper)}`);
  const [open, close, gap] = Array.isArray(value) ? ["[", "]", ""] : ["{", "}", " "];
  const short = `${open}${gap}${parts.join(", ")}${gap}${close}`;
  if (short.length <= SHORT_CHARACTERS && !short.includes("\n")) return short;
  return `${open}\n${parts.map((part) => `${deeper}${part}`).join(",\n")}\n${indent}${close}`;
}

/** A JSON value as TypeScript writes it: names bare where they may be. */
function typescript(value: unknown): string {
  return jsonText(value, (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)));
}

function pythonClient(
  { library, call }: { library: "openai" | "anthropic"; call: string },
  { body }: ReferenceOperation,
  baseUrl: string,
): string {
  const name = library === "openai" ? "OpenAI" : "Anthropic";
  const fields = Object.entries(body?.example ?? {}).map(
    ([field, value]) => `    ${field}=${pythonLiteral(value, "    ")},\n`,
  );
  return `# pip install ${library}
import os
from ${library} import ${name}

client = ${name}(
    base_url="${clientBaseUrl(library, baseUrl)}",
    api_key=os.environ["TURNPIKE_KEY"],
)
answer = client.${call}(
${fields.join("")})
print(answer)`;
}

function typescriptClient(
  { library, call }: { library: "openai" | "anthropic"; call: string },
  { body }: ReferenceOperation,
  baseUrl: string,
): string {
  const [name, from] = library === "openai" ? ["OpenAI", "openai"] : ["Anthropic", "@anthropic-ai/sdk"];
  return `// npm install ${from}
import ${name} from "${from}";

const client = new ${name}({
  baseURL: "${clientBaseUrl(library, baseUrl)}",
  apiKey: process.env.TURNPIKE_KEY,
});
const answer = await client.${call}(${typescript(body?.example)});
console.log(answer);`;
}

/** Anthropic's clients put `/v1` into the path themselves. */
function clientBaseUrl(library: "openai" | "anthropic", baseUrl: string): string {
  return library === "openai" ? baseUrl : baseUrl.replace(/\/v1$/, "");
}

function pythonRequest({ method, body, answer }: ReferenceOperation, address: string): string {
  return `# pip install requests
import os
import requests

response = requests.${method.toLowerCase()}(
    "${address}",
    headers={"Authorization": f"Bearer {os.environ['TURNPIKE_KEY']}"},
${body ? `    json=${pythonLiteral(body.example, "    ")},\n` : ""})
print(${answer ? "response.json()" : "response.status_code"})`;
}

function typescriptRequest({ method, body, answer }: ReferenceOperation, address: string): string {
  const options = [
    ...(method === "GET" ? [] : [`  method: "${method}",`]),
    body
      ? `  headers: {\n    Authorization: \`Bearer \${process.env.TURNPIKE_KEY}\`,\n    "Content-Type": "application/json",\n  },`
      : `  headers: { Authorization: \`Bearer \${process.env.TURNPIKE_KEY}\` },`,
    ...(body ? [`  body: JSON.stringify(${indented(typescript(body.example), "  ")}),`] : []),
  ];
  return `const response = await fetch("${address}", {
${options.join("\n")}
});
console.log(${answer ? "await response.json()" : "response.status"});`;
}
