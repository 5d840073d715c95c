import { notFound } from "@/lib/identity/permit";
import { lockOrganization } from "@/lib/identity/store";
import type { Tx } from "@/lib/infra/db";
import { bumpOrganizationKeys, bumpProjectKeys } from "@/lib/keys/store";
import { lockProject } from "@/lib/projects/store";

/** Whom a provider key serves: one project, or (null) every project of the organisation. */
export interface Served {
  organizationId: string;
  projectId: string | null;
}

/**
 * Takes the project or the organisation for a change of its provider keys, until the transaction ends.
 * @throws GatewayError not_found.
 */
export async function lockServed(tx: Tx, { organizationId, projectId }: Served): Promise<void> {
  if (projectId === null) {
    if (!(await lockOrganization(tx, organizationId))) throw notFound("Organization");
  } else if (!(await lockProject(tx, organizationId, projectId))) throw notFound("Project");
}

/** Bumps the version of every API key that a change of these provider keys concerns; under `lockServed`. */
export function bumpServed(tx: Tx, { organizationId, projectId }: Served): Promise<void> {
  return projectId === null ? bumpOrganizationKeys(tx, organizationId) : bumpProjectKeys(tx, organizationId, projectId);
}
