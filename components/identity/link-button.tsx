"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { ActionResult } from "@/lib/edge/session-action";

interface LinkButtonProps<Data> {
  /** What the link was mailed for. */
  act: () => Promise<ActionResult<Data>>;
  /** Where it leads once that is done. */
  leadsTo: (data: Data) => string;
  children: ReactNode;
}

/** Does what a mailed link is for, when it is pressed: programs that look at links in mails press none. */
export function LinkButton<Data>({ act, leadsTo, children }: LinkButtonProps<Data>) {
  const router = useRouter();
  const [failure, setFailure] = useState<string>();
  const [pending, setPending] = useState(false);

  const press = async () => {
    setPending(true);
    setFailure(undefined);
    const answer = await act().catch(() => undefined);
    if (!answer?.ok) {
      setPending(false);
      setFailure(answer?.error.message ?? UNREACHABLE);
      return;
    }
    router.replace(leadsTo(answer.data));
    router.refresh();
  };

  return (
    <div className="flex flex-col gap-4">
      {failure ? (
        <Notice tone="error" live>
          {failure}
        </Notice>
      ) : null}
      <Button variant="primary" size="lg" pending={pending} onClick={() => void press()} className="max-w-full">
        <span className="truncate">{children}</span>
      </Button>
    </div>
  );
}
