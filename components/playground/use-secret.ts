"use client";

import { useCallback, useRef } from "react";
import { openPlaygroundAction } from "@/components/playground/actions";
import { ChatProblem } from "@/components/playground/stream-chat";

/** A secret that ends so soon is not begun with. */
const SPARE_MS = 60_000;

interface Opened {
  secret: string;
  expiresAt: string;
}

/**
 * The playground's secret, asked for when it is first needed, and again when it ends or another page has replaced it. It
 * is kept in memory only, and is gone with the page. Rejects with a ChatProblem where the server gives none.
 */
export function useSecret(projectId: string): (replacing?: string) => Promise<string> {
  const opening = useRef<Promise<Opened> | null>(null);
  return useCallback(
    async (replacing?: string) => {
      const known = await opening.current?.catch(() => null);
      const isGood = known != null && known.secret !== replacing && Date.parse(known.expiresAt) > Date.now() + SPARE_MS;
      if (isGood) return known.secret;
      opening.current = openPlaygroundAction({ projectId }).then((result) => {
        if (!result.ok) throw new ChatProblem(result.error.message, result.error.code);
        return result.data;
      });
      return (await opening.current).secret;
    },
    [projectId],
  );
}
