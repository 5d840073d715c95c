import { headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { getServerSession } from "next-auth";
import { cache } from "react";
import { databaseUnavailable } from "@/lib/core/errors";
import { authOptions } from "@/lib/identity/auth-options";
import { forwardedAddress } from "@/lib/identity/network";
import { type Act, can, type Role } from "@/lib/identity/roles";
import type { SessionUser } from "@/lib/identity/session-user";
import { findMembership } from "@/lib/identity/store";
import { type ProjectView, projectView } from "@/lib/projects/project-view";
import { findProjectFor } from "@/lib/projects/store";

/** Somebody's place in an organisation. */
export interface OrganizationContext {
  user: SessionUser;
  membership: { id: string; role: Role };
  organization: { id: string; name: string; isPaused: boolean };
  /** Whether their role allows this here. */
  may: (act: Act) => boolean;
}

export interface ProjectContext extends OrganizationContext {
  project: ProjectView;
}

/**
 * Who is asking; null when nobody is signed in, or when the session was ended. Read once a request.
 * @throws GatewayError database_unavailable.
 */
export const currentUser = cache(async (): Promise<SessionUser | null> => {
  // A page that asks this is never made ahead of its request.
  await headers();
  const session = await getServerSession(authOptions());
  if (session?.unavailable) throw databaseUnavailable(undefined);
  return session?.user ?? null;
});

/** Who is asking; whoever is not signed in is sent to the sign-in page. */
export async function requireUser(): Promise<SessionUser> {
  return (await currentUser()) ?? redirect("/sign-in");
}

/** The client's address, as the server wrote it down before Next saw the request; null when it did not. */
export async function clientAddress(): Promise<string | null> {
  return forwardedAddress((await headers()).get("x-forwarded-for"));
}

/** A project of this person's; null when it is not theirs or not there. */
export const projectContext = cache(async (user: SessionUser, projectId: string): Promise<ProjectContext | null> => {
  const row = await findProjectFor(user.id, projectId);
  const membership = row?.organization.memberships[0];
  if (!row || !membership) return null;
  const { organization } = row;
  return {
    user,
    membership: { id: membership.id, role: membership.role },
    organization: { id: organization.id, name: organization.name, isPaused: organization.pausedAt !== null },
    project: projectView(row, organization.name, membership.role),
    may: (act) => can(membership.role, act),
  };
});

/** An organisation of this person's; null when it is not theirs or not there. */
export const organizationContext = cache(
  async (user: SessionUser, organizationId: string): Promise<OrganizationContext | null> => {
    const membership = await findMembership(organizationId, user.id);
    if (!membership) return null;
    return {
      user,
      membership: { id: membership.id, role: membership.role },
      organization: {
        id: membership.organization.id,
        name: membership.organization.name,
        isPaused: membership.organization.pausedAt !== null,
      },
      may: (act) => can(membership.role, act),
    };
  },
);

/**
 * For pages: the project, when this person is a member of its organisation and may do `act` there. Otherwise the
 * not-found page, whether it is not theirs, not there, or beyond their role.
 */
export async function requireProject(projectId: string, act: Act = "project.view"): Promise<ProjectContext> {
  const context = await projectContext(await requireUser(), projectId);
  return context?.may(act) ? context : notFound();
}

/** For pages: as `requireProject`, for an organisation. */
export async function requireOrganization(
  organizationId: string,
  act: Act = "organization.view",
): Promise<OrganizationContext> {
  const context = await organizationContext(await requireUser(), organizationId);
  return context?.may(act) ? context : notFound();
}
