"use client";

import { createContext, type ReactNode, useContext, useSyncExternalStore } from "react";
import { exactTime, relativeTime } from "@/components/ui/time";
import { Tooltip } from "@/components/ui/tooltip";

const TICK_MS = 10_000;

let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for every time on the page. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const notify of listeners) notify();
    }, TICK_MS);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

function readClock(): number {
  return now;
}

const ServerClock = createContext(0);

/** Hands the time at which the server rendered to the times below, so that the browser's first rendering is the same. */
export function ServerClockProvider({ now: time, children }: { now: number; children: ReactNode }) {
  return <ServerClock value={time}>{children}</ServerClock>;
}

interface RelativeTimeProps {
  /** ISO 8601. */
  at: string;
  className?: string;
}

/** "3 minutes ago", which keeps counting, with the exact time (UTC and local) on hover. */
export function RelativeTime({ at, className }: RelativeTimeProps) {
  const serverClock = useContext(ServerClock);
  const clock = useSyncExternalStore(subscribe, readClock, () => serverClock);
  return (
    <Tooltip text={<span className="tabular">{exactTime(at)}</span>}>
      <time dateTime={at} className={className}>
        {relativeTime(at, clock)}
      </time>
    </Tooltip>
  );
}
