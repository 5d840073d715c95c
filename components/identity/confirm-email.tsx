"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { confirmEmailAction } from "@/components/identity/actions";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";

/** The button that makes the address theirs: programs that look at links in mails press none. */
export function ConfirmEmail({ token }: { token: string }) {
  const router = useRouter();
  const [failure, setFailure] = useState<string>();
  const [pending, setPending] = useState(false);

  const confirm = async () => {
    setPending(true);
    setFailure(undefined);
    const answer = await confirmEmailAction({ token }).catch(() => undefined);
    if (!answer?.ok) {
      setPending(false);
      setFailure(answer?.error.message ?? "The server could not be reached. Please try again.");
      return;
    }
    router.replace("/dashboard");
    router.refresh();
  };

  return (
    <div className="flex flex-col gap-4">
      {failure ? (
        <Notice tone="error" live>
          {failure}
        </Notice>
      ) : null}
      <Button variant="primary" size="lg" pending={pending} onClick={() => void confirm()}>
        Confirm address
      </Button>
    </div>
  );
}
