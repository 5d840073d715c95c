import Link from "next/link";
import { Button } from "@/components/ui/button";
import { MessagePage } from "@/components/ui/message-page";

export default function ReceiptNotFound() {
  return (
    <MessagePage
      whole={false}
      title="No receipt by this id"
      actions={
        <Button asChild>
          <Link href="/dashboard">Go to the dashboard</Link>
        </Button>
      }
    >
      A receipt is written when its call has ended; one that is still running has none yet. Older ones go when the time
      to keep them is over.
    </MessagePage>
  );
}
