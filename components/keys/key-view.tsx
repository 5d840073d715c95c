"use client";

import { parseAsBoolean, useQueryState } from "nuqs";
import type { ReactNode } from "react";
import { EnvironmentBadge } from "@/components/keys/environment-badge";
import { KeyFacts } from "@/components/keys/key-facts";
import type { KeyFormContext } from "@/components/keys/key-form";
import { KeyMenu } from "@/components/keys/key-menu";
import { KeyStatusText } from "@/components/keys/key-status-text";
import { OldSecretNotice } from "@/components/keys/old-secret-text";
import { useShowSecret } from "@/components/keys/secret-shelf";
import { useKey, useKeyCache, useKeyStatus } from "@/components/keys/use-keys";
import { projectPath } from "@/components/shell/navigation";
import { BackLink } from "@/components/ui/back-link";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { Switch } from "@/components/ui/switch";
import type { KeyView as Key } from "@/lib/keys/key-view";

interface KeyViewProps {
  /** As the server rendered it; refreshed while the page is open. */
  initial: Key;
  maker: string | null;
  baseUrl: string;
  mayChange: boolean;
  context: KeyFormContext;
  /** What follows: usage, requests, rules, snippets, history. */
  children: ReactNode;
}

/** The page of one key: what it is and does now, and everything that can be done with it. */
export function KeyView({ initial, maker, baseUrl, mayChange, context, children }: KeyViewProps) {
  const { data: key, isError } = useKey(initial);
  const cache = useKeyCache(key.projectId);
  const setStatus = useKeyStatus(key.projectId);
  const showSecret = useShowSecret();
  const [isEditing] = useQueryState("edit", parseAsBoolean.withDefault(false));
  return (
    <>
      <BackLink href={projectPath(key.projectId, "/keys")}>Keys</BackLink>
      <PageHeader
        title={<span className="break-words">{key.name}</span>}
        description={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
            <span className="break-all font-mono text-xs">{key.preview}</span>
            <EnvironmentBadge environment={key.environment} />
          </span>
        }
        actions={
          <>
            <span className="inline-flex items-center gap-2">
              <Switch
                aria-label={`${key.name} is enabled`}
                checked={key.status === "active"}
                disabled={!mayChange}
                onCheckedChange={(on) => setStatus(key, on ? "active" : "inactive")}
              />
              <KeyStatusText apiKey={key} />
            </span>
            <KeyMenu
              apiKey={key}
              mayChange={mayChange}
              context={context}
              onStatus={(status) => setStatus(key, status)}
              onRotated={(created) => {
                void cache.put(created.key);
                showSecret({ title: "New secret", created, baseUrl, onDone: () => void cache.refresh() });
              }}
              isOwnPage
              isEditing={isEditing}
            />
          </>
        }
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {isError ? (
          <Notice tone="warning">The key could not be refreshed just now; this is what was last known.</Notice>
        ) : null}
        {key.oldSecret ? <OldSecretNotice oldSecret={key.oldSecret} /> : null}
        <KeyFacts apiKey={key} maker={maker} />
        {children}
      </div>
    </>
  );
}
