"use client";

import { Plug, Plus, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { removeProviderKeyAction } from "@/components/provider-keys/actions";
import { AddProviderKeyDialog } from "@/components/provider-keys/add-provider-key-dialog";
import type { ProviderChoice } from "@/components/provider-keys/provider-choice";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { PageHeader } from "@/components/ui/page-header";
import { RelativeTime } from "@/components/ui/relative-time";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import type { ProviderKeyView } from "@/lib/provider-keys/provider-key-view";

/** How a sentence tells a key from its siblings; nothing where a server is called without one. */
function endOf({ lastFour }: ProviderKeyView): string {
  return lastFour === "" ? "" : ` ending in ${lastFour}`;
}

interface ProviderKeysViewProps {
  projectId: string;
  providerKeys: ProviderKeyView[];
  providers: readonly ProviderChoice[];
  mayManage: boolean;
}

/** The project's own keys at providers. */
export function ProviderKeysView({ projectId, providerKeys, providers, mayManage }: ProviderKeysViewProps) {
  const router = useRouter();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<ProviderKeyView | null>(null);
  const nameOf = (id: string) => providers.find((provider) => provider.id === id)?.name ?? id;
  const [first, ...others] = providers;

  const remove = async (key: ProviderKeyView) => {
    const answer = await removeProviderKeyAction({ projectId, providerKeyId: key.id }).catch(() => undefined);
    if (!answer?.ok) {
      toast.error("The provider key was not removed", {
        description: answer?.error.message ?? "The server could not be reached.",
      });
      return false;
    }
    toast.success(`The ${nameOf(key.provider)} key is removed`);
    router.refresh();
    return true;
  };
  const addButton =
    mayManage && first ? (
      <Button variant="primary" onClick={() => setAdding(true)}>
        <Plus />
        Add provider key
      </Button>
    ) : null;

  return (
    <>
      <PageHeader
        title="Providers"
        description="Your own keys at the providers. Whether calls use them or credits is set by the project's mode."
        actions={providerKeys.length > 0 ? addButton : null}
      />
      <Card className="overflow-hidden">
        {providerKeys.length === 0 ? (
          <EmptyState icon={Plug} title="No provider keys yet" action={addButton}>
            With a key of your own the provider bills you, and your credits are left alone.
          </EmptyState>
        ) : (
          <Table label="Provider keys">
            <TableHead>
              <tr>
                <HeaderCell>Provider</HeaderCell>
                <HeaderCell>Key</HeaderCell>
                <HeaderCell className="hidden md:table-cell">Base URL</HeaderCell>
                <HeaderCell className="hidden sm:table-cell">State</HeaderCell>
                <HeaderCell className="hidden sm:table-cell">Added</HeaderCell>
                <HeaderCell>
                  <span className="sr-only">Actions</span>
                </HeaderCell>
              </tr>
            </TableHead>
            <tbody>
              {providerKeys.map((key) => (
                <Row key={key.id}>
                  <Cell className="max-w-48">
                    <div className="truncate font-medium">{nameOf(key.provider)}</div>
                    {key.name ? <div className="truncate text-faint text-xs">{key.name}</div> : null}
                    {key.baseUrl ? (
                      <div className="truncate text-faint text-xs md:hidden">
                        {key.baseUrl.replace(/^https?:\/\//, "")}
                      </div>
                    ) : null}
                  </Cell>
                  <Cell className="whitespace-nowrap font-mono text-soft text-xs">
                    {key.lastFour === "" ? <span className="text-faint">none</span> : `…${key.lastFour}`}
                  </Cell>
                  <Cell className="hidden max-w-64 truncate text-soft md:table-cell" title={key.baseUrl ?? undefined}>
                    {key.baseUrl ?? <span className="text-faint">The provider's own</span>}
                  </Cell>
                  <Cell className="hidden sm:table-cell">
                    {key.lastError ? (
                      <span className="flex flex-col items-start gap-0.5">
                        <Badge tone="bad">Refused</Badge>
                        <span className="text-faint text-xs">{key.lastError}</span>
                      </span>
                    ) : (
                      <span className="text-soft">{key.isActive ? "In use" : "Off"}</span>
                    )}
                    {key.scope === "organization" ? (
                      <span className="block text-faint text-xs">for the whole organisation</span>
                    ) : null}
                  </Cell>
                  <Cell className="hidden whitespace-nowrap text-soft sm:table-cell">
                    <RelativeTime at={key.createdAt} />
                  </Cell>
                  <Cell className="w-10 text-right">
                    {mayManage && key.scope === "project" ? (
                      <Button
                        variant="ghost"
                        size="icon-sm"
                        aria-label={`Remove ${nameOf(key.provider)} key${endOf(key)}`}
                        onClick={() => setRemoving(key)}
                      >
                        <Trash2 />
                      </Button>
                    ) : null}
                  </Cell>
                </Row>
              ))}
            </tbody>
          </Table>
        )}
      </Card>
      {first ? (
        <AddProviderKeyDialog
          open={adding}
          onOpenChange={setAdding}
          projectId={projectId}
          providers={[first, ...others]}
        />
      ) : null}
      {removing ? (
        <ConfirmDialog
          open
          onOpenChange={(open) => {
            if (!open) setRemoving(null);
          }}
          title={`Remove the ${nameOf(removing.provider)} key?`}
          description={`The key${endOf(removing)} is forgotten here and stays valid at the provider. Calls that relied on it are paid from credits or refused, as the project's mode says.`}
          confirm="Remove key"
          phrase={removing.lastFour || removing.provider}
          onConfirm={() => remove(removing)}
        />
      ) : null}
    </>
  );
}
