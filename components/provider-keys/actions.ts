"use server";

import { given } from "@/lib/core/given";
import { sessionAction } from "@/lib/edge/session-action";
import { checkProviderKey, checkSavedProviderKey } from "@/lib/gateway/check-provider-key";
import { addProviderKey, refuseIncomplete } from "@/lib/provider-keys/add-provider-key";
import { removeProviderKey } from "@/lib/provider-keys/remove-provider-key";
import {
  addProviderKeySchema,
  checkNewProviderKeySchema,
  checkProviderKeySchema,
  removeProviderKeySchema,
  updateProviderKeySchema,
} from "@/lib/provider-keys/schemas";
import { updateProviderKey } from "@/lib/provider-keys/update-provider-key";

/** Seals and keeps a provider key for the project, or for its whole organisation. */
export const addProviderKeyAction = sessionAction({
  schema: addProviderKeySchema,
  act: "provider_keys.manage",
  run: ({ scope, projectId, ...input }, { organization, actor }) =>
    addProviderKey({
      ...input,
      organizationId: organization.id,
      projectId: scope === "organization" ? null : projectId,
      actor,
    }),
});

/** Asks the provider whether it takes a key, before that is kept. */
export const checkNewProviderKeyAction = sessionAction({
  schema: checkNewProviderKeySchema,
  act: "provider_keys.manage",
  run: ({ provider, key, baseUrl }) => {
    refuseIncomplete({ provider, key, baseUrl });
    return checkProviderKey({ provider, key, baseUrl });
  },
});

/** Asks the provider whether it still takes a key that is kept. */
export const checkProviderKeyAction = sessionAction({
  schema: checkProviderKeySchema,
  act: "provider_keys.manage",
  run: ({ scope, projectId, providerKeyId }, { organization, actor }) =>
    checkSavedProviderKey({
      organizationId: organization.id,
      projectId: scope === "organization" ? null : projectId,
      providerKeyId,
      actor,
    }),
});

/** Changes a provider key: its name, its address, what it serves and in which order, and whether it is in use. */
export const updateProviderKeyAction = sessionAction({
  schema: updateProviderKeySchema,
  act: "provider_keys.manage",
  run: ({ scope, projectId, providerKeyId, ...changes }, { organization, actor }) =>
    updateProviderKey({
      organizationId: organization.id,
      projectId: scope === "organization" ? null : projectId,
      providerKeyId,
      changes: given(changes),
      actor,
    }),
});

/** Removes a provider key. */
export const removeProviderKeyAction = sessionAction({
  schema: removeProviderKeySchema,
  act: "provider_keys.manage",
  run: async ({ scope, projectId, providerKeyId }, { organization, actor }) => {
    await removeProviderKey({
      organizationId: organization.id,
      projectId: scope === "organization" ? null : projectId,
      providerKeyId,
      actor,
    });
  },
});
