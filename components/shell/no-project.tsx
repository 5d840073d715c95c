"use client";

import { signOut } from "next-auth/react";
import { useState } from "react";
import { CreateOrganizationForm } from "@/components/identity/create-organization-form";
import { CreateProjectDialog } from "@/components/projects/create-project-dialog";
import { Button } from "@/components/ui/button";
import { MessagePage } from "@/components/ui/message-page";

interface NoProjectProps {
  email: string;
  /** Where this person may make a project; null: nowhere. */
  organization: { id: string; name: string } | null;
}

/** For whoever is a member of nothing that has a project. */
export function NoProject({ email, organization }: NoProjectProps) {
  const [creating, setCreating] = useState(false);
  return (
    <main>
      <MessagePage
        title="There is no project for you yet"
        actions={
          organization ? (
            <>
              <Button variant="primary" onClick={() => setCreating(true)}>
                Create project
              </Button>
              <Button onClick={() => void signOut({ callbackUrl: "/" })}>Sign out</Button>
            </>
          ) : (
            <div className="w-full max-w-xs text-left">
              <CreateOrganizationForm>
                {(field, submit) => (
                  <div className="grid gap-3">
                    {field}
                    {submit}
                    <Button onClick={() => void signOut({ callbackUrl: "/" })}>Sign out</Button>
                  </div>
                )}
              </CreateOrganizationForm>
            </div>
          )
        }
      >
        {organization
          ? "Keys, logs and provider keys belong to a project, so make one to begin."
          : `If you were invited, open the link in that mail, signed in as ${email}. Or begin with an organisation of your own.`}
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
