"use client";

import Link from "next/link";
import { Button } from "@/components/ui/button";
import { MessagePage } from "@/components/ui/message-page";

export default function ErrorPage({ retry }: { error: unknown; retry: () => void }) {
  return (
    <main>
      <MessagePage
        title="This page could not be shown"
        actions={
          <>
            <Button variant="primary" onClick={retry}>
              Try again
            </Button>
            <Button asChild>
              <Link href="/">Home page</Link>
            </Button>
          </>
        }
      >
        Something failed on our side, perhaps only for a moment. Nothing that you entered elsewhere was lost.
      </MessagePage>
    </main>
  );
}
