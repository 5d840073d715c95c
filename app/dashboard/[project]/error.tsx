"use client";

import { Button } from "@/components/ui/button";
import { MessagePage } from "@/components/ui/message-page";

export default function ProjectError({ retry }: { error: unknown; retry: () => void }) {
  return (
    <MessagePage
      whole={false}
      title="This page could not be loaded"
      actions={
        <Button variant="primary" onClick={retry}>
          Try again
        </Button>
      }
    >
      The server or its database did not answer as it should. Calls with your keys are looked after separately; this is
      only the page.
    </MessagePage>
  );
}
