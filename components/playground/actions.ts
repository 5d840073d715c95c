"use server";

import { z } from "zod";
import { sessionAction } from "@/lib/edge/session-action";
import { openPlayground } from "@/lib/keys/open-playground";

/** A secret for the playground, for an hour; the browser keeps it in memory only. */
export const openPlaygroundAction = sessionAction({
  schema: z.object({ projectId: z.string() }),
  act: "keys.create",
  run: (_input, { organization, project, user, actor }) =>
    openPlayground({
      organizationId: organization.id,
      projectId: project.id,
      person: { id: user.id, name: user.name ?? user.email },
      address: actor.address ?? null,
    }),
});
