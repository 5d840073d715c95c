"use client";

import { signOut } from "next-auth/react";
import { Button } from "@/components/ui/button";

/** Signs out, and comes back here for another account. */
export function SignOutButton({ returnTo }: { returnTo: string }) {
  return (
    <Button variant="primary" onClick={() => void signOut({ callbackUrl: returnTo })}>
      Sign out
    </Button>
  );
}
