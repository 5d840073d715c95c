"use server";

import { organizationAction, sessionAction } from "@/lib/edge/session-action";
import { clearCache } from "@/lib/projects/clear-cache";
import { createProject } from "@/lib/projects/create-project";
import { deleteOrganization } from "@/lib/projects/delete-organization";
import { deleteProject } from "@/lib/projects/delete-project";
import { pauseOrganization } from "@/lib/projects/pause-organization";
import { pauseProject } from "@/lib/projects/pause-project";
import {
  clearCacheSchema,
  createProjectSchema,
  deleteOrganizationSchema,
  deleteProjectSchema,
  pauseOrganizationSchema,
  pauseProjectSchema,
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

/** Deletes a project for good: its keys are refused from then on. */
export const deleteProjectAction = sessionAction({
  schema: deleteProjectSchema,
  act: "project.delete",
  run: (input, { organization, actor }) => deleteProject({ ...input, organizationId: organization.id, actor }),
});

/** Deletes an organisation for good, with its projects, members and provider keys. */
export const deleteOrganizationAction = organizationAction({
  schema: deleteOrganizationSchema,
  act: "organization.delete",
  run: (input, { actor }) => deleteOrganization({ ...input, actor }),
});

/** Forgets what a project's response cache keeps. */
export const clearCacheAction = sessionAction({
  schema: clearCacheSchema,
  act: "project.update",
  run: (input, { organization, actor }) => clearCache({ ...input, organizationId: organization.id, actor }),
});

/** Refuses every call of a project's keys, or lets them go on. */
export const pauseProjectAction = sessionAction({
  schema: pauseProjectSchema,
  act: "project.update",
  run: (input, { organization, actor }) => pauseProject({ ...input, organizationId: organization.id, actor }),
});

/** As `pauseProjectAction`, for every project of an organisation. */
export const pauseOrganizationAction = organizationAction({
  schema: pauseOrganizationSchema,
  act: "organization.update",
  run: (input, { actor }) => pauseOrganization({ ...input, actor }),
});
