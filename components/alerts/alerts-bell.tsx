"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Bell, BellOff, CreditCard, Gauge, KeyRound, type LucideIcon, RotateCw, Wallet } from "lucide-react";
import Link from "next/link";
import { Popover } from "radix-ui";
import { useState } from "react";
import { readAlertsAction } from "@/components/alerts/actions";
import { type InboxView, inboxSchema } from "@/components/alerts/alerts-schema";
import { fetchLive } from "@/components/shell/fetch-live";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { RelativeTime } from "@/components/ui/relative-time";
import type { AlertView } from "@/lib/alerts/list-alerts";

const REFRESH_MS = 15_000;
const COUNTED_MAX = 99;

const ICONS: Record<AlertView["kind"], LucideIcon> = {
  spend_threshold: Gauge,
  low_balance: Wallet,
  key_leaked: KeyRound,
  old_secret_in_use: RotateCw,
  auto_top_up: CreditCard,
};

interface AlertsBellProps {
  projectId: string;
  initial: InboxView;
  className?: string;
}

/** How many alerts are unread, and the newest of them; opened, they count as read. */
export function AlertsBell({ projectId, initial, className }: AlertsBellProps) {
  const [open, setOpen] = useState(false);
  const client = useQueryClient();
  const queryKey = ["alerts", projectId];
  const { data } = useQuery({
    queryKey,
    queryFn: ({ signal }) => fetchLive(`/dashboard/${projectId}/live/alerts`, inboxSchema, signal),
    initialData: initial,
    refetchInterval: REFRESH_MS,
  });
  const { unread, alerts } = data;

  const change = (next: boolean) => {
    setOpen(next);
    const [newest] = alerts;
    // On closing: while the list is open, what is new in it stays marked.
    if (next || unread === 0 || !newest) return;
    void readAlertsAction({ projectId, upTo: newest.createdAt })
      .catch(() => undefined)
      .then(() => client.invalidateQueries({ queryKey }));
  };

  return (
    <Popover.Root open={open} onOpenChange={change}>
      <Popover.Trigger asChild>
        <Button
          variant="ghost"
          size="icon"
          aria-label={unread === 0 ? "Alerts" : `Alerts, ${unread} unread`}
          className={cn("relative", className)}
        >
          <Bell />
          {unread > 0 ? (
            <span
              aria-hidden
              className="tabular absolute -top-0.5 -right-0.5 flex h-4 min-w-4 items-center justify-center rounded-full bg-danger px-1 font-semibold text-[10px] text-white leading-none"
            >
              {unread > COUNTED_MAX ? `${COUNTED_MAX}+` : unread}
            </span>
          ) : null}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={12}
          aria-label="Alerts"
          className="z-50 w-[min(24rem,calc(100vw-1.5rem))] animate-fade overflow-hidden rounded-xl border border-line bg-raised shadow-pop outline-none"
        >
          <p className="border-line border-b px-4 py-3 font-semibold text-sm">Alerts</p>
          {alerts.length === 0 ? (
            <EmptyState icon={BellOff} title="Nothing to tell" className="py-10">
              Limits that fill up, credits that run low and keys found in public are told here and by mail.
            </EmptyState>
          ) : (
            <ul className="max-h-[min(28rem,60dvh)] overflow-y-auto">
              {alerts.map((alert) => (
                <AlertLine key={alert.id} alert={alert} onFollow={() => change(false)} />
              ))}
            </ul>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function AlertLine({ alert, onFollow }: { alert: AlertView; onFollow: () => void }) {
  const Icon = ICONS[alert.kind];
  return (
    <li className="border-line border-b last:border-b-0">
      <Link href={alert.href} onClick={onFollow} className="flex gap-3 px-4 py-3 transition-colors hover:bg-hover">
        <Icon
          aria-hidden
          className={cn("mt-0.5 size-4 shrink-0", alert.kind === "key_leaked" ? "text-danger-text" : "text-held-text")}
        />
        <span className="min-w-0 flex-1">
          <span className={cn("block break-words text-ui", !alert.isRead && "font-medium")}>{alert.title}</span>
          <span className="mt-0.5 block break-words text-soft text-xs">{alert.text}</span>
          <RelativeTime at={alert.createdAt} className="mt-1 block text-faint text-xs" />
        </span>
        {alert.isRead ? null : (
          <span className="mt-1.5 size-2 shrink-0 rounded-full bg-accent">
            <span className="sr-only">unread</span>
          </span>
        )}
      </Link>
    </li>
  );
}
