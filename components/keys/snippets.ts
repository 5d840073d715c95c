import type { CodeLanguage } from "@/components/ui/highlight";

export interface Snippet {
  id: "curl" | "python" | "typescript";
  label: string;
  language: CodeLanguage;
  /** For the copy button: "curl command". */
  what: string;
  code: string;
}

interface SnippetInput {
  /** The address of the gateway, `https://…/api/v1`. */
  baseUrl: string;
  apiKey: string;
  model: string;
  /** What the model makes, and with it the endpoint that calls it. */
  kind?: "chat" | "embedding";
}

/** The same first call in three languages, ready to run. The inputs hold no quotes: a key, an address, a model's name. */
export function snippets({ kind = "chat", ...input }: SnippetInput): Snippet[] {
  return kind === "chat" ? chatSnippets(input) : embeddingSnippets(input);
}

type CallInput = Omit<SnippetInput, "kind">;

function chatSnippets({ baseUrl, apiKey, model }: CallInput): Snippet[] {
  return [
    {
      id: "curl",
      label: "curl",
      language: "bash",
      what: "curl command",
      code: `curl ${baseUrl}/chat/completions \\
  -H "Authorization: Bearer ${apiKey}" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "${model}",
    "messages": [{"role": "user", "content": "Hello!"}]
  }'`,
    },
    {
      id: "python",
      label: "Python",
      language: "python",
      what: "Python code",
      code: `from openai import OpenAI

client = OpenAI(
    base_url="${baseUrl}",
    api_key="${apiKey}",
)

completion = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Hello!"}],
)
print(completion.choices[0].message.content)`,
    },
    {
      id: "typescript",
      label: "TypeScript",
      language: "typescript",
      what: "TypeScript code",
      code: `import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "${baseUrl}",
  apiKey: "${apiKey}",
});

const completion = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "Hello!" }],
});
console.log(completion.choices[0].message.content);`,
    },
  ];
}

function embeddingSnippets({ baseUrl, apiKey, model }: CallInput): Snippet[] {
  return [
    {
      id: "curl",
      label: "curl",
      language: "bash",
      what: "curl command",
      code: `curl ${baseUrl}/embeddings \\
  -H "Authorization: Bearer ${apiKey}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "input": "Hello!"}'`,
    },
    {
      id: "python",
      label: "Python",
      language: "python",
      what: "Python code",
      code: `from openai import OpenAI

client = OpenAI(
    base_url="${baseUrl}",
    api_key="${apiKey}",
)

embeddings = client.embeddings.create(model="${model}", input="Hello!")
print(len(embeddings.data[0].embedding))`,
    },
    {
      id: "typescript",
      label: "TypeScript",
      language: "typescript",
      what: "TypeScript code",
      code: `import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "${baseUrl}",
  apiKey: "${apiKey}",
});

const embeddings = await client.embeddings.create({ model: "${model}", input: "Hello!" });
console.log(embeddings.data[0].embedding.length);`,
    },
  ];
}
