"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { fetchLive } from "@/components/shell/fetch-live";
import { projectPath } from "@/components/shell/navigation";
import { duration } from "@/components/ui/time";
import { requestPageSchema } from "@/components/usage/request-row-schema";
import { StatusBadge } from "@/components/usage/status-badge";
import type { KeyView } from "@/lib/keys/key-view";

const REFRESH_MS = 2_000;

/** Waits for the first call with a new key, from wherever it comes, and says that it arrived. */
export function FirstCall({ apiKey: { id, projectId } }: { apiKey: KeyView }) {
  const { data: call } = useQuery({
    queryKey: ["first-call", id],
    queryFn: async ({ signal }) => {
      const page = await fetchLive(`/dashboard/${projectId}/live/requests?key=${id}`, requestPageSchema, signal);
      return page.rows.at(-1) ?? null;
    },
    refetchInterval: ({ state }) => (state.data ? false : REFRESH_MS),
  });
  return (
    <div role="status" className="flex min-h-6 flex-wrap items-center gap-x-3 gap-y-1 text-soft text-ui">
      {call ? (
        <>
          <StatusBadge request={call} />
          <span>The first call arrived: {duration(call.latencyMs)}.</span>
          <Link
            href={projectPath(projectId, `/logs/${call.id}`)}
            target="_blank"
            className="font-medium text-accent-text underline-offset-4 hover:underline"
          >
            Its receipt
          </Link>
        </>
      ) : (
        <>
          <span aria-hidden className="size-2 animate-pulse-dot rounded-full bg-accent" />
          Waiting for the first call with this key…
        </>
      )}
    </div>
  );
}
