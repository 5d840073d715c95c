"use client";

import { useQuery } from "@tanstack/react-query";
import { z } from "zod";
import { fetchLive } from "@/components/shell/fetch-live";
import { Money } from "@/components/ui/money-text";
import { parseUsd } from "@/lib/core/money";

const REFRESH_MS = 10_000;
const balanceSchema = z.object({ available: z.string(), held: z.string() });

interface BalanceProps {
  projectId: string;
  /** Decimal strings of USD, as the server rendered them. */
  initial: z.infer<typeof balanceSchema>;
}

/** The organisation's credits, refreshed while the page is open. */
export function Balance({ projectId, initial }: BalanceProps) {
  const { data } = useQuery({
    queryKey: ["balance", projectId],
    queryFn: ({ signal }) => fetchLive(`/dashboard/${projectId}/live/balance`, balanceSchema, signal),
    initialData: initial,
    refetchInterval: REFRESH_MS,
  });
  return (
    <div className="rounded-lg border border-line bg-surface px-3 py-2">
      <div className="flex items-baseline justify-between gap-2">
        <span className="text-faint text-xs">Credits</span>
        <Money amount={data.available} className="font-medium text-ui" />
      </div>
      {parseUsd(data.held) > 0n ? (
        <div className="flex items-baseline justify-between gap-2 text-xs">
          <span className="text-faint">held for running calls</span>
          <Money amount={data.held} className="text-held-text" />
        </div>
      ) : null}
    </div>
  );
}
