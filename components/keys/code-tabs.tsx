"use client";

import type { Snippet } from "@/components/keys/snippets";
import { CodeBlock } from "@/components/ui/code-block";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";

/** The same thing in several languages, one at a time. */
export function CodeTabs({ snippets }: { snippets: readonly Snippet[] }) {
  return (
    <Tabs defaultValue="curl">
      <TabsList aria-label="Language">
        {snippets.map((snippet) => (
          <TabsTrigger key={snippet.id} value={snippet.id}>
            {snippet.label}
          </TabsTrigger>
        ))}
      </TabsList>
      {snippets.map((snippet) => (
        <TabsContent key={snippet.id} value={snippet.id} tabIndex={-1} className="mt-3">
          <CodeBlock code={snippet.code} language={snippet.language} what={snippet.what} />
        </TabsContent>
      ))}
    </Tabs>
  );
}
