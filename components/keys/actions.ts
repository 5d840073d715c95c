"use server";

import { sessionAction } from "@/lib/edge/session-action";
import { createKey } from "@/lib/keys/create-key";
import { deleteKey } from "@/lib/keys/delete-key";
import { rotateKey } from "@/lib/keys/rotate-key";
import {
  createKeySchema,
  deleteKeySchema,
  rotateKeySchema,
  setKeyStatusSchema,
  setKeysStatusSchema,
  updateKeySchema,
} from "@/lib/keys/schemas";
import { setKeyStatus, setKeysStatus } from "@/lib/keys/set-key-status";
import { updateKey } from "@/lib/keys/update-key";

/** Makes a key; the answer holds its secret, this once. */
export const createKeyAction = sessionAction({
  schema: createKeySchema,
  act: "keys.create",
  run: (input, { organization, actor }) => createKey({ ...input, organizationId: organization.id, actor }),
});

/** Disables or enables a key. */
export const setKeyStatusAction = sessionAction({
  schema: setKeyStatusSchema,
  act: "keys.update_own",
  run: ({ keyId, status }, { organization, actor }) =>
    setKeyStatus({ organizationId: organization.id, keyId, status, actor }),
});

/** Disables or enables several keys: all of them, or none. */
export const setKeysStatusAction = sessionAction({
  schema: setKeysStatusSchema,
  act: "keys.update_own",
  run: async ({ keyIds, status }, { organization, actor }) => {
    await setKeysStatus({ organizationId: organization.id, keyIds, status, actor });
    return null;
  },
});

/** Changes the settings of a key. */
export const updateKeyAction = sessionAction({
  schema: updateKeySchema,
  act: "keys.update_own",
  run: ({ keyId, projectId: _projectId, ...changes }, { organization, actor }) =>
    updateKey({ organizationId: organization.id, keyId, changes, actor }),
});

/** Gives a key a new secret; the answer holds it, this once. */
export const rotateKeyAction = sessionAction({
  schema: rotateKeySchema,
  act: "keys.update_own",
  run: ({ keyId, gracePeriodSeconds }, { organization, actor }) =>
    rotateKey({ organizationId: organization.id, keyId, gracePeriodSeconds, actor }),
});

/** Deletes a key for good. */
export const deleteKeyAction = sessionAction({
  schema: deleteKeySchema,
  act: "keys.update_own",
  run: ({ keyId }, { organization, actor }) => deleteKey({ organizationId: organization.id, keyId, actor }),
});
