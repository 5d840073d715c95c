"use client";

import { signOut } from "next-auth/react";
import { CreateOrganizationForm } from "@/components/identity/create-organization-form";
import { Button } from "@/components/ui/button";
import { MessagePage } from "@/components/ui/message-page";

/** For whoever is a member of nothing that has a project. */
export function NoProject({ email }: { email: string }) {
  return (
    <main>
      <MessagePage
        title="There is no project for you yet"
        actions={
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
        }
      >
        If you were invited, open the link in that mail, signed in as {email}. Or begin with an organisation of your
        own.
      </MessagePage>
    </main>
  );
}
