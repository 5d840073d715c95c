import { createHash } from "node:crypto";
import type { Attempt } from "@/lib/gateway/plan";

/** A key that its provider refused does not heal by itself; it is asked again after so long. */
const REFUSED_MS = 5 * 60_000;
/** For a 429 that does not say how long, and the longest that one which does is believed. */
const LIMITED_MS = 10_000;
const LIMITED_MS_MAX = 60_000;
/** How many keys are remembered; beyond, the one that was set aside first is forgotten. */
const KEYS_MAX = 10_000;

/** Statuses that are about the key and stay so: wrong, forbidden, its account empty. */
const REFUSED = new Set([401, 402, 403]);

/**
 * The provider keys that were refused or limited a moment ago. They are tried last, and not left out: a call that has
 * no other way is made all the same. Each process, and each copy of this module in it, learns for itself.
 */
export interface SetAside {
  /** Takes note of an answer's status; `retryAfter` is the header of that name. */
  note(attempt: Attempt, status: number, retryAfter?: string): void;
  /** The attempts, those with a key that is set aside moved behind the others; each part in its order. */
  lastOf(attempts: readonly Attempt[]): readonly Attempt[];
  /** How many keys are remembered. */
  size(): number;
}

/** Names a key without holding it; null: the attempt has none. */
function nameOf({ provider, credential }: Attempt): string | null {
  if (credential.kind === "none") return null;
  const secret = credential.kind === "own" ? credential.providerKeyId : credential.key;
  return createHash("sha256").update(`${provider} ${credential.kind} ${secret}`).digest("base64url");
}

/** Milliseconds that a `Retry-After` asks for: seconds or a date (RFC 9110, section 10.2.3). */
function waitOf(retryAfter: string | undefined, wallClock: number): number {
  if (retryAfter === undefined) return LIMITED_MS;
  const asked = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - wallClock;
  return Number.isNaN(asked) ? LIMITED_MS : Math.min(Math.max(asked, 0), LIMITED_MS_MAX);
}

/** An empty memory. `now` gives milliseconds since 1970. */
export function createSetAside(now: () => number = Date.now): SetAside {
  const until = new Map<string, number>();

  const isSetAside = (attempt: Attempt): boolean => {
    const name = nameOf(attempt);
    const end = name === null ? undefined : until.get(name);
    if (name === null || end === undefined) return false;
    if (end > now()) return true;
    until.delete(name);
    return false;
  };

  return {
    note(attempt, status, retryAfter) {
      const served = status >= 200 && status < 300;
      if (!REFUSED.has(status) && status !== 429 && !(served && until.size > 0)) return;
      const name = nameOf(attempt);
      if (name === null) return;
      until.delete(name);
      if (served) return;
      const wait = status === 429 ? waitOf(retryAfter, now()) : REFUSED_MS;
      if (wait === 0) return;
      until.set(name, now() + wait);
      const [oldest] = until.keys();
      if (until.size > KEYS_MAX && oldest !== undefined) until.delete(oldest);
    },
    lastOf(attempts) {
      // Nothing is set aside at most times, and then this costs nothing.
      if (until.size === 0 || attempts.length < 2) return attempts;
      const aside = attempts.filter(isSetAside);
      return aside.length === 0 ? attempts : [...attempts.filter((attempt) => !aside.includes(attempt)), ...aside];
    },
    size: () => until.size,
  };
}

/** What this process remembers. */
export const setAside = createSetAside();
