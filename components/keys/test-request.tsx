"use client";

import { Play } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { z } from "zod";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { formatMoney } from "@/components/ui/money";
import { Notice } from "@/components/ui/notice";
import { duration } from "@/components/ui/time";

const MODEL = "simulator/echo";

const answerSchema = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullish() }) })).min(1),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }),
});
const errorSchema = z.object({ error: z.object({ message: z.string() }) });

type Result =
  | { ok: true; text: string; tokens: { in: number; out: number }; cost: string | null; id: string | null; ms: number }
  | { ok: false; message: string };

async function send(secret: string): Promise<Result> {
  const start = performance.now();
  const response = await fetch("/api/v1/chat/completions", {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({ model: MODEL, messages: [{ role: "user", content: "Hello from the dashboard!" }] }),
  });
  const body: unknown = await response.json();
  if (!response.ok) {
    const problem = errorSchema.safeParse(body);
    return {
      ok: false,
      message: problem.success ? problem.data.error.message : `The gateway answered ${response.status}`,
    };
  }
  const answer = answerSchema.parse(body);
  return {
    ok: true,
    text: answer.choices[0]?.message.content ?? "",
    tokens: { in: answer.usage.prompt_tokens, out: answer.usage.completion_tokens },
    cost: response.headers.get("x-turnpike-cost"),
    id: response.headers.get("x-generation-id"),
    ms: performance.now() - start,
  };
}

/** A price from a header, which may be absent or, in theory, something else. */
function costWords(cost: string | null): string {
  try {
    return cost === null ? "no price" : formatMoney(cost, { exact: true });
  } catch {
    return "no price";
  }
}

interface TestRequestProps {
  projectId: string;
  secret: string;
}

/** Calls the gateway from this browser with the key, and shows the answer, its tokens and its cost. */
export function TestRequest({ projectId, secret }: TestRequestProps) {
  const [pending, setPending] = useState(false);
  const [result, setResult] = useState<Result>();

  const run = async () => {
    setPending(true);
    const next = await send(secret).catch(
      (): Result => ({ ok: false, message: "The gateway could not be reached from this browser." }),
    );
    setResult(next);
    setPending(false);
  };

  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <Button onClick={run} pending={pending}>
          {pending ? null : <Play />}
          Send a test request
        </Button>
        <span className="text-faint text-xs">
          From this browser, to <span className="font-mono">{MODEL}</span>
        </span>
      </div>
      <div role="status" aria-label="Answer to the test request">
        {result?.ok ? (
          <div className="animate-fade overflow-hidden rounded-lg border border-line">
            <p className="max-h-28 overflow-y-auto whitespace-pre-wrap px-3.5 py-2.5 text-ui">{result.text}</p>
            <p className="tabular flex flex-wrap gap-x-4 gap-y-1 border-line border-t bg-sunken px-3.5 py-2 text-soft text-xs">
              <span>{result.tokens.in} tokens in</span>
              <span>{result.tokens.out} tokens out</span>
              <span>{costWords(result.cost)}</span>
              <span>{duration(result.ms)}</span>
              {result.id ? (
                <Link
                  href={projectPath(projectId, `/logs/${result.id}`)}
                  target="_blank"
                  className="ml-auto font-medium text-accent-text underline-offset-4 hover:underline"
                >
                  Receipt
                </Link>
              ) : null}
            </p>
          </div>
        ) : null}
        {result && !result.ok ? <Notice tone="error">{result.message}</Notice> : null}
      </div>
    </div>
  );
}
