"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { setKeyStatusAction, setKeysStatusAction } from "@/components/keys/actions";
import { keyListSchema, keyViewSchema } from "@/components/keys/key-view-schema";
import { fetchLive } from "@/components/shell/fetch-live";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { KeyView } from "@/lib/keys/key-view";

const REFRESH_MS = 5_000;

function queryKey(projectId: string) {
  return ["keys", projectId] as const;
}

function oneKey(projectId: string, keyId: string) {
  return ["key", projectId, keyId] as const;
}

/** One key: first as the server rendered it, then refreshed while the page is open. */
export function useKey(initial: KeyView) {
  const { projectId, id } = initial;
  return useQuery({
    queryKey: oneKey(projectId, id),
    queryFn: ({ signal }) => fetchLive(`/dashboard/${projectId}/live/keys/${id}`, keyViewSchema, signal),
    initialData: initial,
    refetchInterval: REFRESH_MS,
  });
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
    // A list that was never loaded is not begun with one key.
    client.setQueryData<KeyView[]>(queryKey(projectId), (keys) => keys && update(keys));
  };
  return {
    put: async (key: KeyView) => {
      await client.cancelQueries({ queryKey: oneKey(projectId, key.id) });
      client.setQueryData<KeyView>(oneKey(projectId, key.id), key);
      await change((keys) =>
        keys.some(({ id }) => id === key.id)
          ? keys.map((other) => (other.id === key.id ? key : other))
          : [key, ...keys],
      );
    },
    remove: (keyId: string) => change((keys) => keys.filter(({ id }) => id !== keyId)),
    refresh: async () => {
      await client.invalidateQueries({ queryKey: queryKey(projectId) });
      await client.invalidateQueries({ queryKey: ["key", projectId] });
    },
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

/** The same for several keys at once: all of them, or none. */
export function useKeysStatus(projectId: string) {
  const cache = useKeyCache(projectId);
  return async (keys: readonly KeyView[], status: KeyView["status"]): Promise<boolean> => {
    for (const key of keys) await cache.put({ ...key, status });
    const keyIds = keys.map(({ id }) => id);
    const answer = await setKeysStatusAction({ projectId, keyIds, status }).catch(() => undefined);
    const count = keys.length === 1 ? "1 key" : `${keys.length} keys`;
    if (!answer?.ok) {
      for (const key of keys) await cache.put(key);
      toast.error(`${count} not changed`, {
        description: answer?.error.message ?? UNREACHABLE,
      });
      return false;
    }
    toast.success(`${count} ${status === "inactive" ? "disabled" : "enabled"}`, {
      description: status === "inactive" ? "The next call with them is refused." : "The next call with them is served.",
    });
    await cache.refresh();
    return true;
  };
}
