"use client";

import { useEffect } from "react";
import { LAST_PROJECT_COOKIE } from "@/components/shell/last-project";

const YEAR_SECONDS = 31_536_000;

/** Notes the project that is on screen, so that /dashboard comes back to it. */
export function RememberProject({ projectId }: { projectId: string }) {
  useEffect(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store interface is missing on plain http and in Firefox
    document.cookie = `${LAST_PROJECT_COOKIE}=${encodeURIComponent(projectId)}; path=/dashboard; max-age=${YEAR_SECONDS}; samesite=lax`;
  }, [projectId]);
  return null;
}
