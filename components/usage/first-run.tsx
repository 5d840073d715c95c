"use client";

import { useQuery } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useSyncExternalStore } from "react";
import { SnippetTabs } from "@/components/keys/snippet-tabs";
import { modeTitle } from "@/components/projects/mode-words";
import { fetchLive } from "@/components/shell/fetch-live";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { Card, CardHeader } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { formatMoney } from "@/components/ui/money";
import { requestPageSchema } from "@/components/usage/request-row-schema";
import { parseUsd } from "@/lib/core/money";
import type { ProjectMode } from "@/lib/projects/schemas";

const REFRESH_MS = 2_000;

export interface FirstRunProps {
  projectId: string;
  baseUrl: string;
  mode: ProjectMode;
  /** Decimal string of USD; null for those who may not see it. */
  available: string | null;
  /** null: there is no key yet. */
  newestKeyId: string | null;
  hasLimit: boolean;
  hasRequest: boolean;
  hasProviderKey: boolean;
  /** Whether the installation has a key at any provider. */
  hasPool: boolean;
}

/** What can be called as things stand, and by whom it is paid. */
function payWords({ available, hasProviderKey, hasPool }: FirstRunProps): string {
  const hasCredits = available !== null && parseUsd(available) > 0n;
  if (hasProviderKey) return "Calls to its models use your own provider key.";
  if (!hasPool) {
    const credits = hasCredits
      ? `There are ${formatMoney(available)} of credits to call with, but no provider`
      : "No provider";
    return `${credits} is connected here yet: only the built-in simulator answers. A key of yours at OpenAI, Anthropic or another opens its models.`;
  }
  if (hasCredits) return `There are ${formatMoney(available)} of credits to call with.`;
  return available === null
    ? "Credits, or a provider key of your own."
    : "There are no credits left. Add some, or a provider key of your own.";
}

interface StepProps {
  done: boolean;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

function Step({ done, title, children, action }: StepProps) {
  return (
    <li className="flex gap-3 border-line border-t px-4 py-3.5 sm:px-5">
      <span
        aria-hidden
        className={cn(
          "mt-0.5 flex size-5 shrink-0 items-center justify-center rounded-full border",
          done ? "border-accent bg-accent text-accent-ink" : "border-line-strong",
        )}
      >
        {done ? <Check className="size-3" strokeWidth={3} /> : null}
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <p className={cn("font-medium text-ui", done && "text-soft")}>
            {title}
            <span className="sr-only">{done ? " (done)" : " (to do)"}</span>
          </p>
          {action}
        </div>
        {children ? <div className="mt-1 text-soft text-ui">{children}</div> : null}
      </div>
    </li>
  );
}

function storageKey(projectId: string): string {
  return `turnpike:first-run-hidden:${projectId}`;
}

const HIDE = "turnpike:first-run-hide";

function subscribe(listener: () => void): () => void {
  window.addEventListener(HIDE, listener);
  return () => window.removeEventListener(HIDE, listener);
}

/** The way to a first call, one step after the other; it watches for the first request by itself. */
export function FirstRun(props: FirstRunProps) {
  const { projectId, baseUrl, mode, available, newestKeyId, hasLimit, hasRequest, hasProviderKey, hasPool } = props;
  const hasKey = newestKeyId !== null;
  const router = useRouter();
  const hidden = useSyncExternalStore(
    subscribe,
    () => window.localStorage.getItem(storageKey(projectId)) !== null,
    () => false,
  );
  const waiting = hasKey && !hasRequest && !hidden;
  const { data: arrived = false } = useQuery({
    queryKey: ["first-request", projectId],
    queryFn: async ({ signal }) => {
      const page = await fetchLive(`/dashboard/${projectId}/live/requests`, requestPageSchema, signal);
      return page.rows.length > 0;
    },
    enabled: waiting,
    refetchInterval: waiting ? REFRESH_MS : false,
  });
  useEffect(() => {
    if (waiting && arrived) router.refresh();
  }, [waiting, arrived, router]);

  if (hidden) return null;
  const called = hasRequest || arrived;
  const canPay = available === null || parseUsd(available) > 0n;
  return (
    <Card aria-labelledby="first-run" className="overflow-hidden">
      <CardHeader
        id="first-run"
        title="Get to your first call"
        actions={
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label="Hide these steps"
            onClick={() => {
              window.localStorage.setItem(storageKey(projectId), "1");
              window.dispatchEvent(new Event(HIDE));
            }}
          >
            <X />
          </Button>
        }
      />
      <ol>
        <Step
          done={hasKey}
          title="Create a key"
          action={
            hasKey ? null : (
              <Button asChild size="sm" variant="primary">
                <Link href={`${projectPath(projectId, "/keys")}?create=true`}>Create key</Link>
              </Button>
            )
          }
        >
          {hasKey ? null : "It names who is calling, and can carry a limit of its own."}
        </Step>
        <Step done={called} title="Make a first call">
          {called ? (
            <>
              It arrived.{" "}
              <Link
                href={projectPath(projectId, "/logs")}
                className="font-medium text-accent-text underline underline-offset-4"
              >
                See it in the logs
              </Link>
            </>
          ) : hasKey ? (
            <>
              <p role="status" className="mb-3 flex items-center gap-2">
                <span aria-hidden className="size-2 animate-pulse-dot rounded-full bg-accent" />
                Waiting for your first request…
              </p>
              <SnippetTabs baseUrl={baseUrl} apiKey="your-key" model="simulator/echo" />
              <p className="mt-2 text-xs">
                In place of <code className="font-mono">your-key</code> goes the key that you stored. It is nowhere to
                be read again: if it is lost, make another.
              </p>
            </>
          ) : (
            "With the client that you use already; only the base URL changes."
          )}
        </Step>
        <Step
          done={hasProviderKey || (hasPool && canPay)}
          title={`A provider key or credits: ${modeTitle(mode).toLowerCase()}`}
          action={
            <span className="flex flex-wrap gap-2">
              <Button asChild size="sm">
                <Link href={projectPath(projectId, "/settings")}>Choose mode</Link>
              </Button>
              {hasProviderKey ? null : (
                <Button asChild size="sm">
                  <Link href={`${projectPath(projectId, "/providers")}?add=true`}>Add provider key</Link>
                </Button>
              )}
            </span>
          }
        >
          {payWords(props)}
        </Step>
        <Step
          done={hasLimit}
          title="Set a spend limit"
          action={
            hasLimit || newestKeyId === null ? null : (
              <Button asChild size="sm">
                <Link href={`${projectPath(projectId, `/keys/${newestKeyId}`)}?edit=true`}>Set a limit</Link>
              </Button>
            )
          }
        >
          {hasLimit ? null : "Give a key an amount that it cannot pass: in total, or per day, week or month."}
        </Step>
      </ol>
    </Card>
  );
}
