import Link from "next/link";
import type { DocsChapter } from "@/components/docs/docs-chapter";
import { Example, Name, Terms } from "@/components/docs/docs-parts";

/** How it is managed by programs, and run. */
export const OPERATE_CHAPTERS: readonly DocsChapter[] = [
  {
    id: "management",
    title: "Managing it over HTTP",
    body: ({ baseUrl }) => (
      <>
        <p>
          What the dashboard does can be done over HTTP. Two credentials may: a key with the scope <Name>admin:*</Name>,
          for its own organization, and the installation’s master key, for everything.
        </p>
        <Example
          code={`curl ${baseUrl}/keys \\
  -H "Authorization: Bearer $TURNPIKE_ADMIN_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"key_name": "checkout-assistant", "usage_limit": "25.00", "usage_limit_reset": "monthly"}'`}
          language="bash"
          what="curl command that makes a key"
        />
        <ul className="list-disc space-y-1 pl-5">
          <li>The whole key is in this answer and in no other; afterwards it can be read nowhere.</li>
          <li>
            Lists are arrays, newest first, with <Name>skip</Name> and <Name>limit</Name> (100, at most 1000).
          </li>
          <li>
            In a PATCH what is left out stays, and <Name>null</Name> clears.
          </li>
          <li>
            A wrong body is 422 <Name>invalid_body</Name>, which names each field. What is another organization’s is
            404, as what is not there.
          </li>
          <li>A key hands out no scope that it does not hold itself.</li>
        </ul>
        <p>
          With the master key, a call of a model has to say who is asking, in <Name>user</Name> (
          <Name>metadata.user_id</Name> of <Name>messages</Name>). Every call is in the{" "}
          <Link href="/docs/api" className="text-accent-text underline underline-offset-4">
            API reference
          </Link>
          .
        </p>
      </>
    ),
  },
  {
    id: "self-hosting",
    title: "Running it yourself",
    body: () => (
      <>
        <p>Turnpike runs on Node 20.19 or newer and needs nothing else to begin with:</p>
        <Example code="npm start" language="bash" what="start command" />
        <p>
          builds it, starts a PostgreSQL of its own under <Name>.data</Name>, makes and keeps its secrets there, and
          serves. For production, give it a database (PostgreSQL 15 or newer) and secrets of your own:
        </p>
        <Example
          code={`export DATABASE_URL=postgres://turnpike:password@db.internal/turnpike
export NEXTAUTH_SECRET=$(openssl rand -base64 32)
export ENCRYPTION_KEY=$(openssl rand -base64 32)
export GATEWAY_MASTER_KEY=$(openssl rand -base64 32)
export APP_URL=https://turnpike.example.com HOST=0.0.0.0
export NODE_ENV=production
npm start`}
          language="bash"
          what="settings for production"
        />
        <Terms
          rows={[
            {
              key: "secrets",
              name: "Secrets",
              text: "Make them once and keep them: ENCRYPTION_KEY opens the provider keys in the database, and backups need the key of their day.",
            },
            {
              key: "providers",
              name: <Name>{"<PROVIDER>_API_KEY"}</Name>,
              text: "The installation’s own key at a provider, such as OPENAI_API_KEY: what credits pay for.",
            },
            {
              key: "proxies",
              name: <Name>TRUSTED_PROXIES</Name>,
              text: "The load balancers whose X-Forwarded-For is believed; from anybody else the socket’s address counts.",
            },
            {
              key: "more",
              name: "More servers",
              text: "Give each the same database and the same secrets, and put any load balancer in front. Limits and key changes are exact across all of them.",
            },
            {
              key: "health",
              name: (
                <>
                  <Name>/health/liveness</Name>, <Name>/health/readiness</Name>
                </>
              ),
              text: "Whether the process lives, and whether it can serve.",
            },
            {
              key: "metrics",
              name: <Name>/metrics</Name>,
              text: "For Prometheus, where METRICS_TOKEN is set (sent as a bearer token) or METRICS is public.",
            },
            {
              key: "books",
              name: <Name>npm run books</Name>,
              text: "Proves that credits, receipts, meters and holds agree, and names the rows that do not. It may run beside a busy server.",
            },
          ]}
        />
        <p>
          On SIGTERM it takes no new calls, ends those in flight, settles them and leaves. Every setting, with its
          default, is in the README.
        </p>
      </>
    ),
  },
];
