import { type Snippet, snippets } from "@/components/keys/snippets";

/** How one client is pointed at the gateway. */
export interface ClientSnippet extends Omit<Snippet, "id"> {
  id: string;
  /** What is to be installed or set, in a sentence; left out: nothing. */
  note?: string;
}

interface ClientSnippetInput {
  /** The address of the gateway for OpenAI's clients, `https://…/api/v1`. */
  baseUrl: string;
  apiKey: string;
  model: string;
}

/**
 * The same first call with each client that people have. Anthropic's clients add `/v1` themselves, so they are given the
 * address without it (CONTRACT section 4: `/v1/*` is served as `/api/v1/*` is).
 */
export function clientSnippets({ baseUrl, apiKey, model }: ClientSnippetInput): ClientSnippet[] {
  const origin = baseUrl.replace(/\/api\/v1$/, "");
  return [
    ...snippets({ baseUrl, apiKey, model }),
    {
      id: "ai-sdk",
      label: "Vercel AI SDK",
      language: "typescript",
      what: "code for the Vercel AI SDK",
      note: "npm install ai @ai-sdk/openai-compatible",
      code: `import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText } from "ai";

const turnpike = createOpenAICompatible({
  name: "turnpike",
  baseURL: "${baseUrl}",
  apiKey: "${apiKey}",
});

const { text } = await generateText({
  model: turnpike("${model}"),
  prompt: "Hello!",
});
console.log(text);`,
    },
    {
      id: "langchain",
      label: "LangChain",
      language: "python",
      what: "code for LangChain",
      note: "pip install langchain-openai",
      code: `from langchain_openai import ChatOpenAI

model = ChatOpenAI(
    base_url="${baseUrl}",
    api_key="${apiKey}",
    model="${model}",
)
print(model.invoke("Hello!").content)`,
    },
    {
      id: "anthropic",
      label: "Anthropic SDK",
      language: "python",
      what: "code for Anthropic's SDK",
      note: "pip install anthropic. Any chat model can be called so, not only Claude.",
      code: `from anthropic import Anthropic

client = Anthropic(
    base_url="${origin}",
    api_key="${apiKey}",
)

message = client.messages.create(
    model="${model}",
    max_tokens=1024,
    messages=[{"role": "user", "content": "Hello!"}],
)
print(message.content[0].text)`,
    },
    {
      id: "claude-code",
      label: "Claude Code",
      language: "bash",
      what: "settings for Claude Code",
      note: "In the shell that starts it.",
      code: `export ANTHROPIC_BASE_URL="${origin}"
export ANTHROPIC_AUTH_TOKEN="${apiKey}"
export ANTHROPIC_MODEL="${model}"
claude`,
    },
    {
      id: "cursor",
      label: "Cursor",
      language: "json",
      what: "settings for Cursor",
      note: "Settings, Models, API Keys: turn on “Override OpenAI Base URL”, enter these, and add the model by its name. Cursor calls from its own servers, so the address must be reachable from the internet.",
      code: `{
  "Override OpenAI Base URL": "${baseUrl}",
  "OpenAI API Key": "${apiKey}",
  "Model": "${model}"
}`,
    },
    {
      id: "litellm",
      label: "LiteLLM",
      language: "python",
      what: "code for LiteLLM",
      note: "pip install litellm. The openai/ in front tells LiteLLM which API to speak; it does not reach the gateway.",
      code: `from litellm import completion

answer = completion(
    model="openai/${model}",
    api_base="${baseUrl}",
    api_key="${apiKey}",
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.choices[0].message.content)`,
    },
    {
      id: "environment",
      label: "Other clients",
      language: "bash",
      what: "environment of OpenAI's clients",
      note: "What speaks OpenAI's API mostly reads these.",
      code: `export OPENAI_BASE_URL="${baseUrl}"
export OPENAI_API_KEY="${apiKey}"`,
    },
  ];
}
