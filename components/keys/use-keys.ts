"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { setKeyStatusAction } from "@/components/keys/actions";
import { keyListSchema } from "@/components/keys/key-view-schema";
import { fetchLive } from "@/components/shell/fetch-live";
import type { KeyView } from "@/lib/keys/key-view";

const REFRESH_MS = 5_000;

function queryKey(projectId: string) {
  return ["keys", projectId] as const;
}

/** The project's keys: first as the server rendered them, then refreshed while the page is open. */
export function useKeys(projectId: string, initial: KeyView[]) {
  return useQuery({
    queryKey: queryKey(projectId),
    queryFn: ({ signal }) => fetchLive(`/dashboard/${projectId}/live/keys`, keyListSchema, signal),
    initialData: initial,
    refetchInterval: REFRESH_MS,
  });
}

/** How to put a changed, new or deleted key into the list without waiting for the next refresh. */
export function useKeyCache(projectId: string) {
  const client = useQueryClient();
  const change = async (update: (keys: KeyView[]) => KeyView[]) => {
    await client.cancelQueries({ queryKey: queryKey(projectId) });
    client.setQueryData<KeyView[]>(queryKey(projectId), (keys) => update(keys ?? []));
  };
  return {
    put: (key: KeyView) =>
      change((keys) =>
        keys.some(({ id }) => id === key.id)
          ? keys.map((other) => (other.id === key.id ? key : other))
          : [key, ...keys],
      ),
    remove: (keyId: string) => change((keys) => keys.filter(({ id }) => id !== keyId)),
    refresh: () => client.invalidateQueries({ queryKey: queryKey(projectId) }),
  };
}

/** Disables and enables keys: shown at once, taken back when the server refuses, with a way to undo. */
export function useKeyStatus(projectId: string) {
  const cache = useKeyCache(projectId);
  const mutation = useMutation({
    mutationFn: async ({ key, status }: { key: KeyView; status: KeyView["status"] }) => {
      const answer = await setKeyStatusAction({ projectId, keyId: key.id, status });
      if (!answer.ok) throw new Error(answer.error.message);
      return answer.data;
    },
    onMutate: ({ key, status }) => cache.put({ ...key, status }),
    onError: async (error, { key }) => {
      await cache.put(key);
      toast.error(`“${key.name}” was not changed`, { description: error.message });
    },
    onSuccess: async (changed, { key }) => {
      await cache.put(changed);
      const disabled = changed.status === "inactive";
      toast.success(disabled ? `“${changed.name}” is disabled` : `“${changed.name}” is enabled`, {
        description: disabled ? "The next call with it is refused." : "The next call with it is served.",
        action: { label: "Undo", onClick: () => mutation.mutate({ key: changed, status: key.status }) },
      });
    },
  });
  return (key: KeyView, status: KeyView["status"]) => mutation.mutate({ key, status });
}
