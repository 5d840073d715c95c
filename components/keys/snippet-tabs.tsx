import { CodeTabs } from "@/components/keys/code-tabs";
import { snippets } from "@/components/keys/snippets";

interface SnippetTabsProps {
  baseUrl: string;
  apiKey: string;
  model: string;
  kind?: "chat" | "embedding";
}

/** The first call as a curl command, in Python and in TypeScript. */
export function SnippetTabs(props: SnippetTabsProps) {
  return <CodeTabs snippets={snippets(props)} />;
}
