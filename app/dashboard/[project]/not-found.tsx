import Link from "next/link";
import { Button } from "@/components/ui/button";
import { MessagePage } from "@/components/ui/message-page";

export default function ProjectPageNotFound() {
  return (
    <MessagePage
      whole={false}
      code="404"
      title="There is nothing here for you"
      actions={
        <Button asChild variant="primary">
          <Link href="/dashboard">Go to the dashboard</Link>
        </Button>
      }
    >
      It may have been deleted, or your role does not open it.
    </MessagePage>
  );
}
