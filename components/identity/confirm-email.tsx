"use client";

import { confirmEmailAction } from "@/components/identity/actions";
import { LinkButton } from "@/components/identity/link-button";

/** The button that makes the address theirs. */
export function ConfirmEmail({ token }: { token: string }) {
  return (
    <LinkButton act={() => confirmEmailAction({ token })} leadsTo={() => "/dashboard"}>
      Confirm address
    </LinkButton>
  );
}
