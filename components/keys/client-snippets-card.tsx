"use client";

import { useState } from "react";
import { clientSnippets } from "@/components/keys/client-snippets";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { Select } from "@/components/ui/select";

interface ClientSnippetsCardProps {
  /** The address of the gateway, `https://…/api/v1`. */
  baseUrl: string;
  /** What stands for the key, which nobody can read any more. */
  apiKey: string;
}

/** How the clients that people have are pointed at the gateway, one at a time. */
export function ClientSnippetsCard({ baseUrl, apiKey }: ClientSnippetsCardProps) {
  const all = clientSnippets({ baseUrl, apiKey, model: "simulator/echo" });
  const [chosen, setChosen] = useState("curl");
  const snippet = all.find(({ id }) => id === chosen) ?? all[0];
  return (
    <Card>
      <CardHeader
        title="Use it"
        description="With the secret that you have stored. simulator/echo answers without any provider."
        actions={
          <Select
            aria-label="Client"
            value={chosen}
            onChange={setChosen}
            options={all.map(({ id, label }) => ({ value: id, label }))}
            className="h-8 w-44 text-ui"
          />
        }
      />
      <CardBody className="grid grid-cols-[minmax(0,1fr)] gap-2.5">
        {snippet ? (
          <>
            <CodeBlock code={snippet.code} language={snippet.language} what={snippet.what} />
            {snippet.note ? <p className="text-soft text-xs">{snippet.note}</p> : null}
          </>
        ) : null}
      </CardBody>
    </Card>
  );
}
