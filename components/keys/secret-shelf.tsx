"use client";

import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { SecretDialog } from "@/components/keys/secret-dialog";
import type { KeyView } from "@/lib/keys/key-view";

/** A key, and its secret, which nothing can read again. */
export interface ShownSecret {
  /** Said above the secret: made, or rotated. */
  title: string;
  created: { key: KeyView; secret: string };
  /** The address of the gateway, `https://…/api/v1`. */
  baseUrl: string;
  /** Once it was put away. */
  onDone?: () => void;
}

const ShowSecret = createContext<((secret: ShownSecret) => void) | null>(null);

/**
 * Shows secrets above whatever page is on screen: one that is made while its page is being left is still seen, since it
 * could not be seen again. Several wait for one another.
 */
export function SecretShelf({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<readonly ShownSecret[]>([]);
  const show = useCallback((secret: ShownSecret) => setShown((known) => [...known, secret]), []);
  const [first] = shown;
  return (
    <ShowSecret value={show}>
      {children}
      {first ? (
        <SecretDialog
          key={first.created.secret}
          title={first.title}
          created={first.created}
          baseUrl={first.baseUrl}
          onDone={() => {
            setShown((known) => known.slice(1));
            first.onDone?.();
          }}
        />
      ) : null}
    </ShowSecret>
  );
}

/** What shows a secret; it works also after the component that asked for it is gone. */
export function useShowSecret(): (secret: ShownSecret) => void {
  const show = useContext(ShowSecret);
  if (!show) throw new Error("secrets are shown below a SecretShelf");
  return show;
}
