import { Badge } from "@/components/ui/badge";
import { percentOf } from "@/components/ui/money";
import { duration } from "@/components/ui/time";
import type { ReceiptAttempt } from "@/lib/usage/requests";

const OUTCOMES: Record<string, { word: string; tone: "good" | "bad" | "neutral" }> = {
  served: { word: "Served", tone: "good" },
  failed: { word: "Failed", tone: "bad" },
  cancelled: { word: "Cancelled", tone: "neutral" },
  cut: { word: "Broke off", tone: "bad" },
};

/** The tries at providers, one after the other, each with the time that it took. */
export function AttemptsList({ attempts }: { attempts: ReceiptAttempt[] }) {
  const longest = Math.max(1, ...attempts.map(({ durationMs }) => durationMs));
  return (
    <ol className="divide-y divide-line">
      {attempts.map((attempt, index) => {
        const outcome = OUTCOMES[attempt.outcome] ?? { word: attempt.outcome, tone: "neutral" };
        const key = `${index}-${attempt.provider}`;
        return (
          <li key={key} className="py-2.5 first:pt-0 last:pb-0">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-ui">
              <span className="tabular w-4 text-faint text-xs">{index + 1}</span>
              <span className="font-medium">{attempt.provider}</span>
              <span className="text-soft">{attempt.model}</span>
              <Badge tone={outcome.tone}>
                {outcome.word}
                {attempt.status === null ? null : ` ${attempt.status}`}
              </Badge>
              <span className="tabular ml-auto text-soft">{duration(attempt.durationMs)}</span>
            </div>
            <div aria-hidden className="mt-2 ml-7 h-1 rounded-full bg-hover">
              <div
                className={outcome.tone === "bad" ? "h-1 rounded-full bg-danger" : "h-1 rounded-full bg-accent"}
                style={{ width: `${Math.max(1, percentOf(String(attempt.durationMs), String(longest)))}%` }}
              />
            </div>
            {attempt.error ? <p className="mt-1.5 ml-7 text-danger-text text-xs">{attempt.error}</p> : null}
          </li>
        );
      })}
    </ol>
  );
}
