"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { autoTopUpSchema, savedCardsSchema } from "@/components/billing/auto-top-up-schema";
import { fetchLive } from "@/components/shell/fetch-live";
import type { AutoTopUpView } from "@/lib/billing/auto-top-up-view";

const REFRESH_MS = 10_000;
/** While a card is being charged. */
const CHARGING_REFRESH_MS = 1_500;

/** How automatic top-ups stand: first as the server rendered it, then refreshed while the page is open. */
export function useAutoTopUp(projectId: string, initial: AutoTopUpView) {
  const client = useQueryClient();
  const queryKey = ["auto-top-up", projectId];
  const { data } = useQuery({
    queryKey,
    queryFn: ({ signal }) => fetchLive(`/dashboard/${projectId}/live/auto-top-up`, autoTopUpSchema, signal),
    initialData: initial,
    refetchInterval: ({ state }) => (state.data?.state === "charging" ? CHARGING_REFRESH_MS : REFRESH_MS),
  });
  return { autoTopUp: data, refresh: () => client.invalidateQueries({ queryKey }) };
}

/** The cards that are kept for the organisation; undefined until they are there. */
export function useSavedCards(projectId: string) {
  return useQuery({
    queryKey: ["saved-cards", projectId],
    queryFn: ({ signal }) => fetchLive(`/dashboard/${projectId}/live/cards`, savedCardsSchema, signal),
  });
}
