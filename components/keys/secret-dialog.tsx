"use client";

import { useEffect, useState } from "react";
import { FirstCall } from "@/components/keys/first-call";
import { SnippetTabs } from "@/components/keys/snippet-tabs";
import { TestRequest } from "@/components/keys/test-request";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";
import type { KeyView } from "@/lib/keys/key-view";

interface SecretDialogProps {
  /** The key, and its secret, which only this dialog ever has. */
  created: { key: KeyView; secret: string };
  /** Said above the secret: made, or rotated. */
  title: string;
  /** The address of the gateway, `https://…/api/v1`. */
  baseUrl: string;
  onDone: () => void;
}

/**
 * Shows a secret, this once. Nothing closes it but its own button, which waits until the secret is said to be stored;
 * leaving the page asks first.
 */
export function SecretDialog({ created, title, baseUrl, onDone }: SecretDialogProps) {
  const [stored, setStored] = useState(false);
  const { key, secret } = created;

  useEffect(() => {
    if (stored) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [stored]);

  return (
    <Dialog
      open
      guarded
      width="wide"
      onOpenChange={(open) => {
        if (!open && stored) onDone();
      }}
      title={title}
      description={`“${key.name}”, ${key.environment === "test" ? "a test key: it never costs anything" : "a live key"}`}
    >
      <DialogBody className="flex flex-col gap-5">
        <div className="flex flex-col gap-3">
          <div className="flex items-center gap-2 rounded-lg border border-line-strong bg-sunken py-1.5 pr-1.5 pl-3.5">
            <code data-testid="secret" className="min-w-0 flex-1 select-all break-all font-mono text-ui">
              {secret}
            </code>
            <CopyButton text={secret} what="key" showLabel variant="primary" />
          </div>
          <Notice tone="warning">
            This is the only time it can be seen. We keep a fingerprint of it, not the key itself.
          </Notice>
        </div>
        <SnippetTabs baseUrl={baseUrl} apiKey={secret} model="simulator/echo" />
        <TestRequest projectId={key.projectId} secret={secret} />
        {key.lastUsedAt === null ? <FirstCall apiKey={key} /> : null}
      </DialogBody>
      <DialogFooter className="justify-between">
        <Checkbox checked={stored} onChange={setStored}>
          I have stored it
        </Checkbox>
        <Button variant="primary" disabled={!stored} onClick={onDone}>
          Done
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
