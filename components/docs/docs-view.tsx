import Link from "next/link";
import type { ReactNode } from "react";
import { Chapter, Example, Name, Terms } from "@/components/docs/docs-parts";
import { ERROR_WORDS } from "@/components/docs/error-words";
import { SnippetTabs } from "@/components/keys/snippet-tabs";
import { MODE_OPTIONS } from "@/components/projects/mode-words";
import { PageHeader } from "@/components/ui/page-header";
import { type ErrorCode, GatewayError } from "@/lib/core/errors";
import { ENDPOINTS } from "@/lib/gateway/endpoints";
import { SCOPE_DESCRIPTIONS, SCOPES } from "@/lib/keys/scopes";

interface DocsViewProps {
  /** The address of the gateway, `https://…/api/v1`. */
  baseUrl: string;
}

interface DocsChapter {
  id: string;
  title: string;
  body: (addresses: { baseUrl: string; origin: string }) => ReactNode;
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_WORDS, code);
}

/** The codes as they stand in answers, by status; two of ours may have one wire name under different statuses. */
const ERROR_ROWS = Object.keys(ERROR_WORDS)
  .filter(isErrorCode)
  .map((code) => {
    const { status, type, wireCode } = new GatewayError(code, "");
    return { key: code, status, type, wireCode, text: ERROR_WORDS[code] };
  })
  .sort((a, b) => a.status - b.status);

const CHAPTERS: readonly DocsChapter[] = [
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
  {
    id: "endpoints",
    title: "Endpoints",
    body: ({ baseUrl }) => (
      <>
        <p>
          All of them stand below <Name>{baseUrl}</Name>, and the same without <Name>/api</Name>. Any chat model can be
          called in each form; where its provider speaks another one, the call is translated.
        </p>
        <Terms
          rows={Object.entries(ENDPOINTS).map(([path, { method, scope }]) => ({
            key: path,
            name: (
              <Name>
                {method} {path}
              </Name>
            ),
            text: (
              <>
                needs <Name>{scope}</Name>
              </>
            ),
          }))}
        />
      </>
    ),
  },
  {
    id: "modes",
    title: "Modes: whose key, and who pays",
    body: () => (
      <>
        <p>
          Each project has a mode, on its <strong className="font-medium text-ink">Settings</strong> page.
        </p>
        <Terms
          rows={MODE_OPTIONS.map(({ value, title, description }) => ({
            key: value,
            name: (
              <>
                {title} <Name>{value}</Name>
              </>
            ),
            text: description,
          }))}
        />
        <p>
          Every answer says who paid, in the header <Name>x-turnpike-billed-to</Name>: <Name>credits</Name>,{" "}
          <Name>provider_key</Name> or <Name>none</Name>. What it cost stands in <Name>usage.cost</Name>, in USD.
        </p>
      </>
    ),
  },
  {
    id: "limits",
    title: "Limits, and how holds work",
    body: () => (
      <>
        <p>
          A limit is never overspent. Before a call goes out, the most that it can cost is set aside, as a hold, on
          everything that it draws on: the key’s spend limit, the organization’s credits, the key’s rates. If that does
          not fit, the call is refused and nothing is sent. After the answer the hold is given back, and what was really
          used is charged.
        </p>
        <ul className="list-disc space-y-1 pl-5">
          <li>
            The most is a prompt token for each byte of the body, and the longest answer that the request or the model
            allows. A smaller <Name>max_tokens</Name> makes a smaller hold, so more calls fit at the same time.
          </li>
          <li>
            A call without <Name>max_tokens</Name> that would not fit has its answer shortened to what is affordable;
            the header <Name>x-turnpike-max-tokens</Name> says to what.
          </li>
          <li>A call that would fit if running calls cost less than they may waits for them to settle.</li>
          <li>
            A refusal says in <Name>error.metadata</Name> which meter spoke, its limit, what is used and held, and when
            it starts again. Limits start again at 00:00 UTC: each day, on Mondays, or on the first of the month.
          </li>
          <li>A call that fails before its first byte costs nothing. One that is cut off costs what was produced.</li>
        </ul>
      </>
    ),
  },
  {
    id: "streaming",
    title: "Streaming",
    body: ({ baseUrl }) => (
      <>
        <p>
          With <Name>stream: true</Name> the answer comes as server-sent events, as the provider sends them. The last
          chunk tells tokens and cost where <Name>stream_options.include_usage</Name> asks for it.
        </p>
        <Example
          code={`curl -N ${baseUrl}/chat/completions \\
  -H "Authorization: Bearer $TURNPIKE_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "simulator/echo",
    "messages": [{"role": "user", "content": "Hello!"}],
    "stream": true,
    "stream_options": {"include_usage": true}
  }'`}
          language="bash"
          what="curl command that streams"
        />
        <p>
          A failure before the first byte is an answer with its status. A failure within the stream is one event with an{" "}
          <Name>error</Name>, and then the end. Whoever goes away in the middle pays for what was produced until then.
        </p>
      </>
    ),
  },
  {
    id: "errors",
    title: "Errors",
    body: () => (
      <>
        <p>
          Errors have the form of the API that was called. In OpenAI’s, <Name>code</Name> says what happened, and{" "}
          <Name>param</Name> which field it is about:
        </p>
        <Example
          code={`{
  "error": {
    "message": "Organization has insufficient credits",
    "type": "billing_error",
    "code": "insufficient_credits",
    "param": null,
    "metadata": {
      "meter": "organization.credits",
      "unit": "usd",
      "limit": "5.00",
      "used": "4.98",
      "held": "0.01",
      "needed": "0.02",
      "resets_at": null
    }
  },
  "status": 402,
  "message": "Organization has insufficient credits"
}`}
          language="json"
          what="error"
        />
        <p>
          Every answer carries <Name>x-request-id</Name>, the id of its receipt. Wait for <Name>Retry-After</Name> after
          429 and 503; other statuses of 4xx will be the same the next time.
        </p>
        <Terms
          rows={ERROR_ROWS.map(({ key, status, wireCode, text }) => ({
            key,
            name: (
              <span className="flex items-baseline gap-3">
                <span className="tabular text-soft text-xs">{status}</span>
                <Name>{wireCode}</Name>
              </span>
            ),
            text,
          }))}
        />
      </>
    ),
  },
  {
    id: "idempotency",
    title: "Idempotency",
    body: ({ baseUrl }) => (
      <>
        <p>
          A POST may carry an <Name>Idempotency-Key</Name> of 1 to 255 printable characters. The same body again then
          has the first answer for 24 hours, with <Name>idempotent-replayed: true</Name> and no charge, streams as
          streams.
        </p>
        <Example
          code={`curl ${baseUrl}/chat/completions \\
  -H "Authorization: Bearer $TURNPIKE_KEY" \\
  -H "Content-Type: application/json" \\
  -H "Idempotency-Key: order-1234-summary" \\
  -d '{"model": "simulator/echo", "messages": [{"role": "user", "content": "Hello!"}]}'`}
          language="bash"
          what="curl command with an idempotency key"
        />
        <p>
          Another body with the same key is 422 <Name>idempotency_mismatch</Name>. While the first is running it is 409{" "}
          <Name>idempotency_in_progress</Name>. After a refusal or a failure the key is free again.
        </p>
      </>
    ),
  },
  {
    id: "rotation",
    title: "Rotating a key",
    body: () => (
      <>
        <p>
          On the <strong className="font-medium text-ink">Keys</strong> page, <em>Rotate</em> gives a key a new secret.
          The key stays the same: its usage, its limits and its history run on.
        </p>
        <ol className="list-decimal space-y-1 pl-5">
          <li>Rotate with a grace period that is as long as you need to roll out, 30 days at most.</li>
          <li>Put the new secret where the old one is. Both work meanwhile.</li>
          <li>When the grace period ends, the old secret is refused from the next call on.</li>
        </ol>
        <p>
          After a leak, rotate without a grace period: the old secret is dead at once, on every server. So is a key that
          is disabled or deleted.
        </p>
      </>
    ),
  },
];

/** How the gateway is used, in chapters, with examples that carry its own address. */
export function DocsView({ baseUrl }: DocsViewProps) {
  const addresses = { baseUrl, origin: baseUrl.replace(/\/api\/v1$/, "") };
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-8 lg:grid-cols-[12rem_minmax(0,1fr)] lg:gap-x-10">
      <div className="lg:col-span-2">
        <PageHeader
          title="Docs"
          description="How to call models through this gateway: with the clients that you have, and without fear of the bill."
        />
      </div>
      <nav aria-label="Chapters" className="lg:sticky lg:top-20 lg:self-start">
        <ul className="flex flex-wrap gap-x-4 gap-y-1 text-ui lg:grid lg:gap-1">
          {CHAPTERS.map(({ id, title }) => (
            <li key={id}>
              <a href={`#${id}`} className="rounded text-soft transition-colors hover:text-ink">
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div className="min-w-0 max-w-3xl">
        {CHAPTERS.map(({ id, title, body }) => (
          <Chapter key={id} id={id} title={title}>
            {body(addresses)}
          </Chapter>
        ))}
      </div>
    </div>
  );
}
