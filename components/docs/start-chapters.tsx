import Link from "next/link";
import type { DocsChapter } from "@/components/docs/docs-chapter";
import { Example, Name, Terms } from "@/components/docs/docs-parts";
import { SnippetTabs } from "@/components/keys/snippet-tabs";
import { SCOPE_DESCRIPTIONS, SCOPES } from "@/lib/keys/scopes";

/** How to begin: a first call, and which key it is made with. */
export const START_CHAPTERS: readonly DocsChapter[] = [
  {
    id: "quickstart",
    title: "Quickstart",
    body: ({ baseUrl, origin }) => (
      <>
        <ol className="list-decimal space-y-1 pl-5">
          <li>
            <Link href="/sign-up" className="text-accent-text underline underline-offset-4">
              Create an account
            </Link>
            . You get an organization and a project.
          </li>
          <li>
            Under <strong className="font-medium text-ink">Keys</strong>, create a key and copy it. It is shown this
            once.
          </li>
          <li>Point the client that you have at this address, with that key:</li>
        </ol>
        <Example code={baseUrl} language="bash" what="base URL" />
        <SnippetTabs baseUrl={baseUrl} apiKey="tp_live_…" model="simulator/echo" />
        <p>
          <Name>simulator/echo</Name> is built in: it needs no provider and says back what it was told. For real models,
          add a provider key to the project, or use credits; see{" "}
          <Link href="/models" className="text-accent-text underline underline-offset-4">
            all models
          </Link>
          . Anthropic’s clients work too, for any chat model, with the base URL <Name>{origin}</Name> and the key as API
          key.
        </p>
      </>
    ),
  },
  {
    id: "authentication",
    title: "Authentication",
    body: ({ baseUrl }) => (
      <>
        <p>
          Send the key in one of these headers. Where there are several, the first of this list decides. A key in the
          address is refused, because addresses end up in logs.
        </p>
        <Terms
          rows={[
            { key: "own", name: <Name>X-AnyLLM-Key: Bearer tp_live_…</Name>, text: "Where another header is taken." },
            { key: "bearer", name: <Name>Authorization: Bearer tp_live_…</Name>, text: "As OpenAI’s clients do." },
            { key: "api-key", name: <Name>x-api-key: tp_live_…</Name>, text: "As Anthropic’s clients do." },
          ]}
        />
        <Example
          code={`curl ${baseUrl}/key -H "Authorization: Bearer $TURNPIKE_KEY"`}
          language="bash"
          what="curl command that reads a key"
        />
        <p>
          answers what the calling key may still spend. Keys that begin with <Name>tp_test_</Name> are answered by the
          simulator whatever the model, and never cost anything. What a key may do at all are its scopes:
        </p>
        <Terms
          rows={SCOPES.map((scope) => ({ key: scope, name: <Name>{scope}</Name>, text: SCOPE_DESCRIPTIONS[scope] }))}
        />
      </>
    ),
  },
];
