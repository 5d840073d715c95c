"use server";

import { sessionAction } from "@/lib/edge/session-action";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import { removeProviderKey } from "@/lib/provider-keys/remove-provider-key";
import { addProviderKeySchema, removeProviderKeySchema } from "@/lib/provider-keys/schemas";

/** Seals and keeps a provider key for the project. */
export const addProviderKeyAction = sessionAction({
  schema: addProviderKeySchema,
  act: "provider_keys.manage",
  run: (input, { organization, actor }) => addProviderKey({ ...input, organizationId: organization.id, actor }),
});

/** Removes a provider key of the project. */
export const removeProviderKeyAction = sessionAction({
  schema: removeProviderKeySchema,
  act: "provider_keys.manage",
  run: async (input, { organization, actor }) => {
    await removeProviderKey({ ...input, organizationId: organization.id, actor });
  },
});
