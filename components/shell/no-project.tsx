"use client";

import { signOut } from "next-auth/react";
import { Button } from "@/components/ui/button";
import { MessagePage } from "@/components/ui/message-page";

/** For whoever is a member of nothing that has a project. */
export function NoProject() {
  return (
    <main>
      <MessagePage
        title="There is no project for you yet"
        actions={<Button onClick={() => void signOut({ callbackUrl: "/" })}>Sign out</Button>}
      >
        Ask somebody who manages your organisation to make one, or to let you in.
      </MessagePage>
    </main>
  );
}
