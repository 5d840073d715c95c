"use server";

import { given } from "@/lib/core/given";
import { sessionAction } from "@/lib/edge/session-action";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import { removeProviderKey } from "@/lib/provider-keys/remove-provider-key";
import { addProviderKeySchema, removeProviderKeySchema, updateProviderKeySchema } from "@/lib/provider-keys/schemas";
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
