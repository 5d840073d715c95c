import { ArrowLeft } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { EnvironmentBadge } from "@/components/keys/environment-badge";
import { projectPath } from "@/components/shell/navigation";
import { Badge } from "@/components/ui/badge";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { CopyableText } from "@/components/ui/copy-button";
import { Fact, Facts } from "@/components/ui/facts";
import { formatMoney } from "@/components/ui/money";
import { Money } from "@/components/ui/money-text";
import { Notice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/relative-time";
import { duration, exactTime } from "@/components/ui/time";
import { AttemptsList } from "@/components/usage/attempts-list";
import { explainRefusal } from "@/components/usage/explain-refusal";
import { HoldBar } from "@/components/usage/hold-bar";
import { receiptLines } from "@/components/usage/receipt-lines";
import { StatusBadge } from "@/components/usage/status-badge";
import { parseUsd } from "@/lib/core/money";
import type { Receipt } from "@/lib/usage/requests";

const count = new Intl.NumberFormat("en-GB");

const PAID_BY: Record<Receipt["billedTo"], string> = {
  credits: "Credits",
  provider_key: "The own provider key's account",
  none: "Nobody",
};

function providerKeyWords(receipt: Receipt): ReactNode {
  if (receipt.cachedFrom !== null) return "None, the answer was kept";
  if (receipt.provider === null) return <span className="text-faint">none</span>;
  return receipt.isByok ? "Your own" : "The installation's";
}

function Figure({ name, children, note }: { name: string; children: ReactNode; note?: ReactNode }) {
  return (
    <div className="min-w-0 bg-surface px-4 py-3.5 sm:px-5">
      <dt className="text-faint text-xs">{name}</dt>
      <dd className="tabular mt-0.5 truncate font-medium text-lg">{children}</dd>
      {note ? <dd className="tabular truncate text-faint text-xs">{note}</dd> : null}
    </div>
  );
}

function CostCard({ receipt }: { receipt: Receipt }) {
  const lines = receiptLines(receipt);
  const cost = receipt.cost ?? "0.00";
  const isTest = receipt.environment === "test";
  if (receipt.outcome === "refused") {
    return (
      <Card>
        <CardHeader title="Cost" />
        <CardBody className="text-soft text-ui">
          Nothing was set aside and nothing was charged: the call was refused before it went anywhere.
        </CardBody>
      </Card>
    );
  }
  return (
    <Card>
      <CardHeader
        title="Cost"
        description={isTest ? "What it would have cost; calls with a test key are never charged." : undefined}
      />
      <CardBody className="tabular text-ui">
        <table className="w-full">
          <caption className="sr-only">What the cost is made of</caption>
          <thead className="sr-only">
            <tr>
              <th scope="col">Part</th>
              <th scope="col">Amount</th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {lines.map((line) => (
              <tr key={line.name}>
                <th scope="row" className="py-2 text-left font-normal">
                  {line.name}
                  <span className="block text-faint text-xs">
                    {count.format(line.tokens)} tokens
                    {line.price === null ? "" : ` at ${formatMoney(line.price)} per million`}
                  </span>
                </th>
                <td className="py-2 text-right align-top">{line.amount === null ? "no price" : `$${line.amount}`}</td>
              </tr>
            ))}
            <tr className="font-medium">
              <th scope="row" className="py-2 text-left font-medium">
                Cost at list price
              </th>
              <td className="py-2 text-right">
                <Money amount={receipt.cost} exact />
              </td>
            </tr>
            <tr>
              <th scope="row" className="py-2 text-left font-normal">
                {receipt.isByok && parseUsd(receipt.charged) > 0n
                  ? "Routing fee, taken from credits"
                  : "Taken from credits"}
                <span className="block text-faint text-xs">Paid by: {PAID_BY[receipt.billedTo]}</span>
              </th>
              <td className="py-2 text-right align-top">{formatMoney(receipt.charged, { exact: true })}</td>
            </tr>
            {parseUsd(receipt.operatorLoss) > 0n ? (
              <tr>
                <th scope="row" className="py-2 text-left font-normal">
                  Beyond the hold
                  <span className="block text-faint text-xs">Carried by the operator, never by you</span>
                </th>
                <td className="py-2 text-right align-top">{formatMoney(receipt.operatorLoss, { exact: true })}</td>
              </tr>
            ) : null}
          </tbody>
        </table>
        <div className="mt-3 border-line border-t border-dashed pt-4">
          <p className="mb-3 flex justify-between gap-4">
            <span>Set aside before the call</span>
            <span>{formatMoney(receipt.hold, { exact: true })}</span>
          </p>
          <HoldBar hold={receipt.hold} cost={cost} />
        </div>
      </CardBody>
    </Card>
  );
}

interface ReceiptViewProps {
  projectId: string;
  receipt: Receipt;
  /** Whether whoever reads it may add credits. */
  mayPay: boolean;
}

/** Everything that is kept of one request. */
export function ReceiptView({ projectId, receipt, mayPay }: ReceiptViewProps) {
  const explanation = explainRefusal(receipt, mayPay);
  return (
    <>
      <Link
        href={projectPath(projectId, "/logs")}
        className="mb-3 inline-flex items-center gap-1.5 rounded text-soft text-ui hover:text-ink"
      >
        <ArrowLeft className="size-3.5" aria-hidden />
        Logs
      </Link>
      <header className="mb-5">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <h1 className="font-semibold text-xl tracking-tight">Receipt</h1>
          <StatusBadge request={receipt} />
          {receipt.environment === "test" ? <EnvironmentBadge environment="test" /> : null}
          {receipt.streamed ? <Badge>Streamed</Badge> : null}
          {receipt.cachedFrom ? <Badge tone="good">From the cache</Badge> : null}
          {receipt.usageEstimated ? (
            <Badge tone="held" title="The provider reported no usage, so the tokens were counted from the text">
              Tokens counted by us
            </Badge>
          ) : null}
        </div>
        <div className="mt-1 flex flex-wrap items-center gap-x-3 text-soft text-ui">
          <CopyableText text={receipt.id} what="request id" />
          <RelativeTime at={receipt.createdAt} />
        </div>
      </header>
      {explanation ? (
        <Notice tone={receipt.status === 499 ? "info" : "error"} title={explanation.title} className="mb-4">
          <p>{explanation.text}</p>
          {explanation.remedy ? (
            <Link
              href={projectPath(projectId, explanation.remedy.page)}
              className="mt-1 inline-block font-medium underline underline-offset-4"
            >
              {explanation.remedy.label}
            </Link>
          ) : null}
        </Notice>
      ) : null}
      <dl className="mb-4 grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line shadow-card lg:grid-cols-4">
        <Figure name="Cost" note={receipt.environment === "test" ? "test, not charged" : undefined}>
          <Money amount={receipt.cost} exact />
        </Figure>
        <Figure
          name="Tokens"
          note={`${count.format(receipt.promptTokens)} in, ${count.format(receipt.completionTokens)} out`}
        >
          {count.format(receipt.promptTokens + receipt.completionTokens)}
        </Figure>
        <Figure name="Latency">{duration(receipt.latencyMs)}</Figure>
        <Figure name="Time to first token">
          {receipt.firstTokenMs === null ? (
            <span className="text-faint">not streamed</span>
          ) : (
            duration(receipt.firstTokenMs)
          )}
        </Figure>
      </dl>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <CostCard receipt={receipt} />
        <div className="grid gap-4">
          <Card>
            <CardHeader title="Attempts" />
            <CardBody>
              {receipt.attempts.length > 0 ? (
                <AttemptsList receipt={receipt} />
              ) : (
                <p className="text-soft text-ui">Nothing was sent to a provider.</p>
              )}
            </CardBody>
          </Card>
          <Card>
            <CardHeader title="Details" />
            <CardBody>
              <Facts>
                <Fact name="Time">{exactTime(receipt.createdAt)}</Fact>
                <Fact name="Key">
                  <Link
                    href={`${projectPath(projectId, "/logs")}?key=${receipt.keyId}`}
                    className="break-words text-accent-text underline underline-offset-4"
                  >
                    {receipt.keyName ?? receipt.keyId}
                  </Link>
                </Fact>
                <Fact name="Environment">{receipt.environment === "test" ? "Test" : "Live"}</Fact>
                <Fact name="Endpoint">
                  <span className="font-mono text-xs">{receipt.endpoint}</span>
                </Fact>
                <Fact name="Model asked for">
                  <span className="break-all">{receipt.requestedModel}</span>
                </Fact>
                <Fact name="Model served">{receipt.model ?? <span className="text-faint">none</span>}</Fact>
                <Fact name="Provider">{receipt.provider ?? <span className="text-faint">none</span>}</Fact>
                <Fact name="Provider key">{providerKeyWords(receipt)}</Fact>
                <Fact name="Finish reason">{receipt.finishReason ?? <span className="text-faint">none</span>}</Fact>
                {receipt.cachedFrom ? (
                  <Fact name="First answered">
                    <Link
                      href={projectPath(projectId, `/logs/${receipt.cachedFrom}`)}
                      className="break-all font-mono text-accent-text text-xs underline underline-offset-4"
                    >
                      {receipt.cachedFrom}
                    </Link>
                  </Fact>
                ) : null}
                {receipt.cachedTokens > 0 ? (
                  <Fact name="Cached tokens">{count.format(receipt.cachedTokens)}</Fact>
                ) : null}
                {receipt.reasoningTokens > 0 ? (
                  <Fact name="Reasoning tokens">{count.format(receipt.reasoningTokens)}</Fact>
                ) : null}
                {receipt.errorCode ? (
                  <Fact name="Error">
                    <span className="font-mono text-xs">{receipt.errorCode}</span>
                  </Fact>
                ) : null}
                {receipt.endUserId ? <Fact name="End user">{receipt.endUserId}</Fact> : null}
                {receipt.clientAddress ? <Fact name="Client address">{receipt.clientAddress}</Fact> : null}
                {receipt.clientRequestId ? (
                  <Fact name="Caller's request id">
                    <span className="break-all font-mono text-xs">{receipt.clientRequestId}</span>
                  </Fact>
                ) : null}
                <Fact name={receipt.outcome === "refused" ? "Recorded" : "Settled"}>
                  {exactTime(receipt.settledAt)}
                </Fact>
              </Facts>
              {receipt.errorMessage ? (
                <div className="mt-2 border-line border-t pt-3">
                  <p className="mb-1 text-soft text-ui">What the caller was told</p>
                  <p className="break-words text-ui">{receipt.errorMessage}</p>
                </div>
              ) : null}
            </CardBody>
          </Card>
        </div>
      </div>
    </>
  );
}
