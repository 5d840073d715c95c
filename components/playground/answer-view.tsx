import Link from "next/link";
import type { PaneAnswer } from "@/components/playground/use-turns";
import { projectPath } from "@/components/shell/navigation";
import { Code } from "@/components/ui/code-block";
import { formatMoney } from "@/components/ui/money";
import { Notice } from "@/components/ui/notice";
import { ScrollRegion } from "@/components/ui/scroll-region";
import { duration } from "@/components/ui/time";

interface AnswerViewProps {
  projectId: string;
  answer: PaneAnswer;
  mayOpenLogs: boolean;
}

/** An answer as it comes, with what it cost and how long it took once it is there. */
export function AnswerView({ projectId, answer: { answer, state, problem }, mayOpenLogs }: AnswerViewProps) {
  const { text, reasoning, toolCalls, tokens, cost, firstMs, totalMs, requestId } = answer;
  const isWaiting = state === "running" && text === "" && reasoning === "" && toolCalls.length === 0;
  return (
    <div className="grid gap-2">
      {isWaiting ? (
        <p className="flex items-center gap-2 text-soft text-ui">
          <span aria-hidden className="size-2 animate-pulse-dot rounded-full bg-accent" />
          Waiting for the first word…
        </p>
      ) : null}
      {reasoning === "" ? null : (
        <details className="rounded-lg border border-line px-3 py-2 text-soft text-ui">
          <summary className="cursor-pointer font-medium">Reasoning</summary>
          <p className="mt-2 whitespace-pre-wrap break-words">{reasoning}</p>
        </details>
      )}
      {text === "" ? null : <p className="whitespace-pre-wrap break-words text-sm">{text}</p>}
      {toolCalls.map((call, index) => {
        const key = `${index}-${call.name}`;
        return (
          <div key={key} className="overflow-hidden rounded-lg border border-line bg-sunken">
            <p className="border-line border-b px-3 py-1.5 text-soft text-xs">
              Calls <span className="font-mono text-ink">{call.name}</span>
            </p>
            <ScrollRegion label={`Arguments of ${call.name}`}>
              <pre className="w-max min-w-full px-3 py-2 text-xs">
                <Code code={call.arguments} language="json" />
              </pre>
            </ScrollRegion>
          </div>
        );
      })}
      {problem === null ? null : <Notice tone="error">{problem}</Notice>}
      {tokens === null && totalMs === null && state !== "stopped" ? null : (
        <p className="tabular flex flex-wrap gap-x-3 gap-y-1 text-faint text-xs">
          {state === "stopped" ? <span>Stopped</span> : null}
          {tokens ? (
            <span>
              {tokens.in} tokens in, {tokens.out} out
            </span>
          ) : null}
          {tokens ? <span>{cost === null ? "no price" : formatMoney(cost, { exact: true })}</span> : null}
          {firstMs === null ? null : <span>first word {duration(firstMs)}</span>}
          {totalMs === null ? null : <span>whole {duration(totalMs)}</span>}
          {requestId && mayOpenLogs && state !== "running" ? (
            <Link
              href={projectPath(projectId, `/logs/${requestId}`)}
              target="_blank"
              className="rounded font-medium text-accent-text underline-offset-4 hover:underline"
            >
              Receipt
            </Link>
          ) : null}
        </p>
      )}
    </div>
  );
}
