"use client";

import { signOut } from "next-auth/react";
import { useState } from "react";
import { toast } from "sonner";
import { endSessionsAction } from "@/components/identity/actions";
import { Button } from "@/components/ui/button";
import { Card, CardHeader } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { UNREACHABLE } from "@/components/ui/unreachable";

/** Signing out on every device at once. */
export function SessionsCard() {
  const [asking, setAsking] = useState(false);

  const end = async () => {
    const answer = await endSessionsAction({}).catch(() => undefined);
    if (!answer?.ok) {
      toast.error("Nobody was signed out", {
        description: answer?.error.message ?? UNREACHABLE,
      });
      return false;
    }
    await signOut({ callbackUrl: "/sign-in" });
    return true;
  };

  return (
    <Card>
      <CardHeader
        title="Sessions"
        description="A session runs for 30 days on each device that you signed in on."
        actions={<Button onClick={() => setAsking(true)}>Sign out everywhere</Button>}
      />
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Sign out everywhere?"
        description="Every session of yours ends, on this device too. Your keys go on working."
        confirm="Sign out everywhere"
        onConfirm={end}
      />
    </Card>
  );
}
