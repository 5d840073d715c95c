import type { Metadata } from "next";
import Link from "next/link";
import { Button } from "@/components/ui/button";
import { MessagePage } from "@/components/ui/message-page";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <main>
      <MessagePage
        code="404"
        title="There is nothing at this address"
        actions={
          <>
            <Button asChild variant="primary">
              <Link href="/dashboard">Go to the dashboard</Link>
            </Button>
            <Button asChild>
              <Link href="/">Home page</Link>
            </Button>
          </>
        }
      >
        It may have been deleted, or it belongs to somebody else.
      </MessagePage>
    </main>
  );
}
