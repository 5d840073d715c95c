"use client";

import { type Snippet, snippets } from "@/components/keys/snippets";
import { CodeBlock } from "@/components/ui/code-block";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";

interface SnippetTabsProps {
  baseUrl: string;
  apiKey: string;
  model: string;
  kind?: "chat" | "embedding";
}

/** The first call as a curl command, in Python and in TypeScript. */
export function SnippetTabs(props: SnippetTabsProps) {
  const all: Snippet[] = snippets(props);
  return (
    <Tabs defaultValue="curl">
      <TabsList aria-label="Language">
        {all.map((snippet) => (
          <TabsTrigger key={snippet.id} value={snippet.id}>
            {snippet.label}
          </TabsTrigger>
        ))}
      </TabsList>
      {all.map((snippet) => (
        <TabsContent key={snippet.id} value={snippet.id} tabIndex={-1} className="mt-3">
          <CodeBlock code={snippet.code} language={snippet.language} what={snippet.what} />
        </TabsContent>
      ))}
    </Tabs>
  );
}
