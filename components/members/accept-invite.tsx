"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { acceptInviteAction } from "@/components/members/actions";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";

/** The button with which somebody who is signed in joins. */
export function AcceptInvite({ token, organizationName }: { token: string; organizationName: string }) {
  const router = useRouter();
  const [failure, setFailure] = useState<string>();
  const [pending, setPending] = useState(false);

  const accept = async () => {
    setPending(true);
    setFailure(undefined);
    const answer = await acceptInviteAction({ token }).catch(() => undefined);
    if (!answer?.ok) {
      setPending(false);
      setFailure(answer?.error.message ?? "The server could not be reached. Please try again.");
      return;
    }
    router.replace(answer.data.projectId ? projectPath(answer.data.projectId) : "/dashboard");
    router.refresh();
  };

  return (
    <div className="flex flex-col gap-4">
      {failure ? (
        <Notice tone="error" live>
          {failure}
        </Notice>
      ) : null}
      <Button variant="primary" size="lg" pending={pending} onClick={() => void accept()} className="max-w-full">
        <span className="truncate">Join {organizationName}</span>
      </Button>
    </div>
  );
}
