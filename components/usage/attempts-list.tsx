import { Badge } from "@/components/ui/badge";
import { duration } from "@/components/ui/time";
import type { Receipt } from "@/lib/usage/requests";

const OUTCOMES: Record<string, { word: string; tone: "good" | "bad" | "neutral" }> = {
  served: { word: "Served", tone: "good" },
  failed: { word: "Failed", tone: "bad" },
  cancelled: { word: "Cancelled", tone: "neutral" },
  cut: { word: "Broke off", tone: "bad" },
};

/** A bar that is there at all is seen. */
const NARROWEST = 0.5;

/**
 * The tries at providers on one line of time, one after the other, each with the time that it took. What comes before the
 * first of them and after the last one is the gateway's own: the last try ends with the answer.
 */
export function AttemptsList({ receipt: { attempts, latencyMs } }: { receipt: Receipt }) {
  const tried = attempts.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const whole = Math.max(1, latencyMs, tried);
  let startsAt = whole - tried;
  return (
    <>
      <ol className="divide-y divide-line">
        {attempts.map((attempt, index) => {
          const outcome = OUTCOMES[attempt.outcome] ?? { word: attempt.outcome, tone: "neutral" };
          const start = startsAt;
          startsAt += attempt.durationMs;
          const key = `${index}-${attempt.provider}`;
          return (
            <li key={key} className="py-2.5 first:pt-0">
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
              <div aria-hidden className="mt-2 ml-7 h-1.5 rounded-full bg-hover">
                <div
                  className={outcome.tone === "bad" ? "h-1.5 rounded-full bg-danger" : "h-1.5 rounded-full bg-accent"}
                  style={{
                    marginLeft: `${(start / whole) * (100 - NARROWEST)}%`,
                    width: `${Math.max(NARROWEST, (attempt.durationMs / whole) * 100)}%`,
                  }}
                />
              </div>
              {attempt.error ? <p className="mt-1.5 ml-7 text-danger-text text-xs">{attempt.error}</p> : null}
            </li>
          );
        })}
      </ol>
      <p className="tabular ml-7 flex justify-between border-line border-t pt-1.5 text-faint text-xs">
        <span>0 ms</span>
        <span>{duration(whole)}</span>
      </p>
    </>
  );
}
