import Link from "next/link";
import { LimitBar } from "@/components/keys/limit-bar";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { CopyableText } from "@/components/ui/copy-button";
import { Fact, Facts } from "@/components/ui/facts";
import { formatMoney } from "@/components/ui/money";
import { RelativeTime } from "@/components/ui/relative-time";
import type { KeyView } from "@/lib/keys/key-view";

const count = new Intl.NumberFormat("en-GB");

interface KeyFactsProps {
  apiKey: KeyView;
  /** What people call who made it; null: nobody who is a member any more. */
  maker: string | null;
}

function Time({ at, otherwise }: { at: string | null; otherwise: string }) {
  return at ? <RelativeTime at={at} /> : <span className="text-faint">{otherwise}</span>;
}

function Rate({ limit }: { limit: number | null }) {
  return limit === null ? (
    <span className="text-faint">No limit</span>
  ) : (
    <span className="tabular">{count.format(limit)} a minute</span>
  );
}

/** What a key may spend and do, and what has become of it. */
export function KeyFacts({ apiKey, maker }: KeyFactsProps) {
  const metadata = Object.keys(apiKey.metadata).length > 0 ? JSON.stringify(apiKey.metadata, null, 2) : null;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-2">
      <Card>
        <CardHeader title="Limits" />
        <CardBody>
          <div className="mb-3 [&>div]:max-w-none">
            <LimitBar apiKey={apiKey} />
          </div>
          <Facts>
            <Fact name="Spent since it was made">
              <span className="tabular">{formatMoney(apiKey.usage)}</span>
            </Fact>
            <Fact name="Requests">
              <Rate limit={apiKey.rateLimitRpm} />
            </Fact>
            <Fact name="Tokens">
              <Rate limit={apiKey.rateLimitTpm} />
            </Fact>
            <Fact name="Expires">
              <Time at={apiKey.expiresAt} otherwise="Never" />
            </Fact>
            <Fact name="Last used">
              <Time at={apiKey.lastUsedAt} otherwise="Never" />
            </Fact>
          </Facts>
        </CardBody>
      </Card>
      <Card>
        <CardHeader title="Key" />
        <CardBody>
          <Facts>
            <Fact name="Id">
              <CopyableText text={apiKey.id} what="key id" />
            </Fact>
            <Fact name="Scopes">
              <span className="flex flex-wrap justify-end gap-1">
                {apiKey.scopes.map((scope) => (
                  <code key={scope} className="rounded bg-hover px-1.5 py-0.5 font-mono text-xs">
                    {scope}
                  </code>
                ))}
              </span>
            </Fact>
            <Fact name="End user">
              {apiKey.endUser === null ? (
                <span className="text-faint">Nobody's</span>
              ) : (
                <span className="break-all">{apiKey.endUser}</span>
              )}
            </Fact>
            <Fact name="Rules">
              <Link href="#rules" className="rounded text-accent-text underline underline-offset-4">
                {apiKey.rules.length === 0 ? "None of its own" : `${apiKey.rules.length} of its own`}
              </Link>
            </Fact>
            <Fact name="Made">
              <RelativeTime at={apiKey.createdAt} />
              {maker === null ? null : ` by ${maker}`}
            </Fact>
          </Facts>
          {metadata === null ? null : <CodeBlock code={metadata} language="json" what="metadata" className="mt-3" />}
        </CardBody>
      </Card>
    </div>
  );
}
