"use client";

import { signOut } from "next-auth/react";
import { useState } from "react";
import { CreateProjectDialog } from "@/components/projects/create-project-dialog";
import { Button } from "@/components/ui/button";
import { MessagePage } from "@/components/ui/message-page";

interface NoProjectProps {
  /** Where this person may make a project; null: nowhere. */
  organization: { id: string; name: string } | null;
}

/** For whoever is a member of nothing that has a project. */
export function NoProject({ organization }: NoProjectProps) {
  const [creating, setCreating] = useState(false);
  return (
    <main>
      <MessagePage
        title="There is no project for you yet"
        actions={
          <>
            {organization ? (
              <Button variant="primary" onClick={() => setCreating(true)}>
                Create project
              </Button>
            ) : null}
            <Button onClick={() => void signOut({ callbackUrl: "/" })}>Sign out</Button>
          </>
        }
      >
        {organization
          ? "Keys, logs and provider keys belong to a project, so make one to begin."
          : "Ask somebody who manages your organisation to make one, or to let you in."}
      </MessagePage>
      {organization ? (
        <CreateProjectDialog
          open={creating}
          onOpenChange={setCreating}
          organizationId={organization.id}
          organizationName={organization.name}
        />
      ) : null}
    </main>
  );
}
