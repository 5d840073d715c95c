"use client";

import { LinkButton } from "@/components/identity/link-button";
import { acceptInviteAction } from "@/components/members/actions";
import { projectPath } from "@/components/shell/navigation";

/** The button with which somebody who is signed in joins. */
export function AcceptInvite({ token, organizationName }: { token: string; organizationName: string }) {
  return (
    <LinkButton
      act={() => acceptInviteAction({ token })}
      leadsTo={({ projectId }) => (projectId ? projectPath(projectId) : "/dashboard")}
    >
      Join {organizationName}
    </LinkButton>
  );
}
