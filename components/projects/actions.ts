"use server";

import { organizationAction, sessionAction } from "@/lib/edge/session-action";
import { clearCache } from "@/lib/projects/clear-cache";
import { createProject } from "@/lib/projects/create-project";
import {
  clearCacheSchema,
  createProjectSchema,
  setProjectModeSchema,
  updateProjectSchema,
} from "@/lib/projects/schemas";
import { setProjectMode } from "@/lib/projects/set-project-mode";
import { updateProject } from "@/lib/projects/update-project";

/** Makes a project in an organisation. */
export const createProjectAction = organizationAction({
  schema: createProjectSchema,
  act: "project.create",
  run: (input, { actor }) => createProject({ ...input, actor }),
});

/** Changes a project's name and other settings. */
export const updateProjectAction = sessionAction({
  schema: updateProjectSchema,
  act: "project.update",
  run: (input, { organization, actor }) => updateProject({ ...input, organizationId: organization.id, actor }),
});

/** Sets whose provider keys a project uses, and who pays. */
export const setProjectModeAction = sessionAction({
  schema: setProjectModeSchema,
  act: "project.update",
  run: (input, { organization, actor }) => setProjectMode({ ...input, organizationId: organization.id, actor }),
});

/** Forgets what a project's response cache keeps. */
export const clearCacheAction = sessionAction({
  schema: clearCacheSchema,
  act: "project.update",
  run: (input, { organization, actor }) => clearCache({ ...input, organizationId: organization.id, actor }),
});
