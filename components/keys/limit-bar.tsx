import { RESET_WORDS } from "@/components/keys/reset-words";
import { formatMoney, percentOf } from "@/components/ui/money";
import { RelativeTime } from "@/components/ui/relative-time";
import { parseUsd } from "@/lib/core/money";
import type { KeyView } from "@/lib/keys/key-view";

interface LimitBarProps {
  apiKey: Pick<
    KeyView,
    | "name"
    | "environment"
    | "usage"
    | "usageLimit"
    | "usageLimitReset"
    | "limitUsed"
    | "limitHeld"
    | "limitRemaining"
    | "resetsAt"
  >;
}

/** What a key has used of its limit: solid is spent, striped is held for running calls. Without a limit, the sum. */
export function LimitBar({ apiKey }: LimitBarProps) {
  const held = parseUsd(apiKey.limitHeld) > 0n;
  const isTest = apiKey.environment === "test";
  const heldText = held ? <span className="text-held-text">{formatMoney(apiKey.limitHeld)} held</span> : null;
  if (apiKey.usageLimit === null) {
    return (
      <div className="tabular text-ui">
        <span>{formatMoney(apiKey.usage)}</span>
        <span className="flex flex-wrap gap-x-1.5 whitespace-nowrap text-faint text-xs">
          {isTest ? "not charged, no limit" : "no limit"}
          {heldText}
        </span>
      </div>
    );
  }
  const used = percentOf(apiKey.limitUsed, apiKey.usageLimit);
  const remaining = apiKey.limitRemaining === null ? null : parseUsd(apiKey.limitRemaining);
  const spent = remaining !== null && remaining <= 0n;
  return (
    <div className="tabular min-w-36 max-w-56 text-ui">
      <div className="flex items-baseline gap-1 whitespace-nowrap">
        <span>{formatMoney(apiKey.limitUsed)}</span>
        <span className="text-faint text-xs">
          of {formatMoney(apiKey.usageLimit)} {RESET_WORDS[apiKey.usageLimitReset]}
        </span>
      </div>
      <div
        role="progressbar"
        aria-label={`Limit of ${apiKey.name}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(used)}
        aria-valuetext={`${formatMoney(apiKey.limitUsed)} used and ${formatMoney(apiKey.limitHeld)} held of ${formatMoney(apiKey.usageLimit)}`}
        className="mt-1.5 flex h-1.5 overflow-hidden rounded-full bg-hover"
      >
        <span className={spent ? "bg-danger" : "bg-accent"} style={{ width: `${used}%` }} />
        <span
          className="held-stripes"
          style={{ width: `${Math.min(100 - used, percentOf(apiKey.limitHeld, apiKey.usageLimit))}%` }}
        />
      </div>
      {held || apiKey.resetsAt ? (
        <div className="mt-1 flex gap-2 whitespace-nowrap text-faint text-xs">
          {heldText}
          {apiKey.resetsAt ? (
            <span>
              starts again <RelativeTime at={apiKey.resetsAt} />
            </span>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}
