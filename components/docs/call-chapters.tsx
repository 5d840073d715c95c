import type { DocsChapter } from "@/components/docs/docs-chapter";
import { Example, Name, Terms } from "@/components/docs/docs-parts";
import { ERROR_WORDS } from "@/components/docs/error-words";
import { type ErrorCode, GatewayError } from "@/lib/core/errors";
import { ENDPOINTS } from "@/lib/gateway/endpoints";

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

/** How models are called, and what answers say. */
export const CALL_CHAPTERS: readonly DocsChapter[] = [
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
    id: "routing",
    title: "Which model, and whose",
    body: () => (
      <>
        <p>
          <Name>gpt-4o-mini</Name>, <Name>openai/gpt-4o-mini</Name> and <Name>openai:gpt-4o-mini</Name> are the same
          request. A POST may say more than one model, and has a say in who serves it. These members are the gateway’s
          own and reach no provider:
        </p>
        <Terms
          rows={[
            {
              key: "auto",
              name: <Name>model: "auto"</Name>,
              text: "The cheapest chat model that this key may call and that can do what the request needs: context, length, images, tools, schema.",
            },
            {
              key: "models",
              name: <Name>models</Name>,
              text: "Up to ten names to try in order, after model, which may then be left out.",
            },
            { key: "order", name: <Name>provider.order</Name>, text: "Providers to try first, in this order." },
            {
              key: "only",
              name: (
                <>
                  <Name>provider.only</Name>, <Name>.ignore</Name>
                </>
              ),
              text: "The providers that may serve, and those that may not.",
            },
            {
              key: "fallbacks",
              name: <Name>provider.allow_fallbacks</Name>,
              text: "false: of each model only its first way is tried.",
            },
            {
              key: "sort",
              name: <Name>provider.sort</Name>,
              text: "price, or latency or throughput as the server measured it in the last ten minutes.",
            },
            {
              key: "max_price",
              name: <Name>provider.max_price</Name>,
              text: "USD for a million tokens (prompt, completion) and for the request (request); whoever asks for more is left out.",
            },
          ]}
        />
        <p>
          The next way is tried only before the first byte has reached you, and only where it may do better: not after a
          400. What served is billed, and the receipt names it. A wish that is not known here is refused with{" "}
          <Name>invalid_body</Name>; none is passed over in silence.
        </p>
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
    id: "cache",
    title: "The same answer again",
    body: () => (
      <>
        <p>
          A project may keep answers and give them again: <em>Response cache</em> on its{" "}
          <strong className="font-medium text-ink">Settings</strong> page, off by default, for 10 seconds to 24 hours.
          The same body to the same endpoint then has the kept answer, streams as streams, without a provider and at no
          cost. It counts as one request of the key’s rate.
        </p>
        <Terms
          rows={[
            {
              key: "hit",
              name: <Name>x-turnpike-cache: hit</Name>,
              text: "In the answer: it was kept. miss: it was not. Only where the project’s cache is on.",
            },
            {
              key: "no-cache",
              name: <Name>x-no-cache: 1</Name>,
              text: "In the request: serve this one anew, and do not keep it.",
            },
          ]}
        />
        <p>Projects never share what is kept, and their end users do not either.</p>
      </>
    ),
  },
  {
    id: "retention",
    title: "What is kept of a call",
    body: () => (
      <>
        <p>
          Of every call a receipt is kept: who called, which model, tokens, cost and times, and nothing of what was
          said. A project may keep the bodies too: <em>Bodies of calls</em> on its{" "}
          <strong className="font-medium text-ink">Settings</strong> page, or <Name>retention: &quot;full&quot;</Name>{" "}
          over HTTP. It is off by default.
        </p>
        <Terms
          rows={[
            {
              key: "what",
              name: "What",
              text: "The request as it was sent and the answer as it was received, streams as their events, at most 256 KiB of each.",
            },
            {
              key: "masked",
              name: "Masked",
              text: "Keys, bearer tokens and passwords in addresses. Everything else, personal data too, is kept as it is.",
            },
            {
              key: "how-long",
              name: "How long",
              text: "30 days, or as many as the operator set (CAPTURE_DAYS). Switching it off, or deleting the project, deletes what was kept.",
            },
            {
              key: "who",
              name: "Who sees it",
              text: "Owners, admins and developers of the organization, on the receipt’s page. From there a chat can be replayed in the playground.",
            },
          ]}
        />
        <p>
          Bodies are written after the answer, and a call never waits for it: on a server that has more to do than it
          can, some are left out.
        </p>
      </>
    ),
  },
];
