"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { billingSchema } from "@/components/billing/billing-schema";
import { fetchLive } from "@/components/shell/fetch-live";
import type { BillingView } from "@/lib/billing/billing-view";

const REFRESH_MS = 10_000;
/** While somebody waits for a payment to arrive. */
const WAITING_REFRESH_MS = 1_500;

/**
 * The organisation's credits and top-ups: first as the server rendered them, then refreshed while the page is open, and
 * often while `watched`, the top-up that somebody comes back from, is pending.
 */
export function useBilling(projectId: string, initial: BillingView, watched: string | null) {
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: ["billing", projectId],
    queryFn: ({ signal }) => fetchLive(`/dashboard/${projectId}/live/billing`, billingSchema, signal),
    initialData: initial,
    refetchInterval: ({ state }) =>
      state.data?.topUps.some(({ id, status }) => id === watched && status === "pending")
        ? WAITING_REFRESH_MS
        : REFRESH_MS,
  });
  // The rail shows the same credits; it need not be the last to know.
  const { balance } = data;
  useEffect(() => {
    if (balance !== initial.balance) void client.invalidateQueries({ queryKey: ["balance", projectId] });
  }, [balance, initial.balance, client, projectId]);
  return data;
}
