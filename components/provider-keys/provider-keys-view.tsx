"use client";

import { Ellipsis, Pencil, Plug, PlugZap, Plus, Power, PowerOff, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { parseAsBoolean, useQueryState } from "nuqs";
import { useState } from "react";
import { toast } from "sonner";
import {
  checkProviderKeyAction,
  removeProviderKeyAction,
  updateProviderKeyAction,
} from "@/components/provider-keys/actions";
import type { ProviderChoice } from "@/components/provider-keys/provider-choice";
import { ProviderKeyDialog } from "@/components/provider-keys/provider-key-dialog";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { formatMoney } from "@/components/ui/money";
import { PageHeader } from "@/components/ui/page-header";
import { RelativeTime } from "@/components/ui/relative-time";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { ProviderKeyView } from "@/lib/provider-keys/provider-key-view";

/** How a sentence tells a key from its siblings; nothing where a server is called without one. */
function endOf({ lastFour }: ProviderKeyView): string {
  return lastFour === "" ? "" : ` ending in ${lastFour}`;
}

interface ProviderKeysViewProps {
  projectId: string;
  organizationName: string;
  providerKeys: ProviderKeyView[];
  providers: readonly ProviderChoice[];
  /** What calls with own keys come to at list price this month, by provider; USD. */
  costs: Readonly<Record<string, string>>;
  mayManage: boolean;
}

/** The own keys at providers that serve a project, in the order in which they are tried. */
export function ProviderKeysView({
  projectId,
  organizationName,
  providerKeys,
  providers,
  costs,
  mayManage,
}: ProviderKeysViewProps) {
  const router = useRouter();
  const [adding, setAdding] = useQueryState("add", parseAsBoolean.withDefault(false));
  const [editing, setEditing] = useState<ProviderKeyView | null>(null);
  const [removing, setRemoving] = useState<ProviderKeyView | null>(null);
  const nameOf = (id: string) => providers.find((provider) => provider.id === id)?.name ?? id;
  const [first, ...others] = providers;

  const remove = async (key: ProviderKeyView) => {
    const answer = await removeProviderKeyAction({ projectId, providerKeyId: key.id, scope: key.scope }).catch(
      () => undefined,
    );
    if (!answer?.ok) {
      toast.error("The provider key was not removed", {
        description: answer?.error.message ?? UNREACHABLE,
      });
      return false;
    }
    toast.success(`The ${nameOf(key.provider)} key is removed`);
    router.refresh();
    return true;
  };
  const turn = async (key: ProviderKeyView) => {
    const { id: providerKeyId, scope, isActive } = key;
    const answer = await updateProviderKeyAction({ projectId, providerKeyId, scope, isActive: !isActive }).catch(
      () => undefined,
    );
    if (!answer?.ok) {
      toast.error("Nothing was changed", { description: answer?.error.message ?? UNREACHABLE });
      return;
    }
    toast.success(`The ${nameOf(key.provider)} key is ${isActive ? "off" : "in use"}`, {
      action: { label: "Undo", onClick: () => void turn({ ...key, isActive: !isActive }) },
    });
    router.refresh();
  };
  const check = async (key: ProviderKeyView) => {
    const { id: providerKeyId, scope } = key;
    const name = nameOf(key.provider);
    const asking = toast.loading(`Asking ${name}…`);
    const answer = await checkProviderKeyAction({ projectId, providerKeyId, scope }).catch(() => undefined);
    if (!answer?.ok) {
      toast.error("The key was not checked", { id: asking, description: answer?.error.message ?? UNREACHABLE });
      return;
    }
    const { outcome, said } = answer.data;
    if (outcome === "accepted" && said === "") toast.success(`${name} takes the key`, { id: asking });
    else if (outcome === "refused") toast.error(`${name} refuses the key`, { id: asking, description: said });
    else toast.warning("The check says little", { id: asking, description: said });
    router.refresh();
  };
  const addButton =
    mayManage && first ? (
      <Button variant="primary" onClick={() => void setAdding(true)}>
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
                <HeaderCell className="hidden md:table-cell">Serves</HeaderCell>
                <HeaderCell numeric className="hidden lg:table-cell">
                  Order
                </HeaderCell>
                <HeaderCell className="hidden sm:table-cell">State</HeaderCell>
                <HeaderCell numeric className="hidden lg:table-cell">
                  This month
                </HeaderCell>
                <HeaderCell>
                  <span className="sr-only">Actions</span>
                </HeaderCell>
              </tr>
            </TableHead>
            <tbody>
              {providerKeys.map((key, index) => (
                <Row key={key.id}>
                  <Cell className="max-w-48">
                    <div className="truncate font-medium">{nameOf(key.provider)}</div>
                    {key.name ? <div className="truncate text-faint text-xs">{key.name}</div> : null}
                    {key.baseUrl ? (
                      <div className="truncate text-faint text-xs" title={key.baseUrl}>
                        {key.baseUrl.replace(/^https?:\/\//, "")}
                      </div>
                    ) : null}
                  </Cell>
                  <Cell className="whitespace-nowrap font-mono text-soft text-xs">
                    {key.lastFour === "" ? <span className="text-faint">none</span> : `…${key.lastFour}`}
                  </Cell>
                  <Cell className="hidden max-w-56 text-soft md:table-cell">
                    <div>{key.scope === "organization" ? "Every project" : "This project"}</div>
                    <div className="truncate text-faint text-xs" title={key.models.join(", ")}>
                      {key.models.length === 0 ? "every model" : key.models.join(", ")}
                    </div>
                  </Cell>
                  <Cell numeric className="hidden text-soft lg:table-cell">
                    {key.priority}
                  </Cell>
                  <Cell className="hidden max-w-56 sm:table-cell">
                    <span className="text-soft">{key.isActive ? "In use" : "Off"}</span>
                    {key.lastError && key.lastErrorAt ? (
                      <span className="block text-danger-text text-xs">
                        Refused <RelativeTime at={key.lastErrorAt} />:{" "}
                        <span className="line-clamp-3 break-words" title={key.lastError}>
                          {key.lastError}
                        </span>
                      </span>
                    ) : (
                      <span className="block text-faint text-xs">
                        added <RelativeTime at={key.createdAt} />
                      </span>
                    )}
                  </Cell>
                  <Cell numeric className="hidden lg:table-cell">
                    {/* Of a provider, whichever of its keys served: on the first of them. */}
                    {providerKeys.findIndex(({ provider }) => provider === key.provider) === index ? (
                      <span title="At list price, of all keys of this provider in this project">
                        {formatMoney(costs[key.provider] ?? "0.00")}
                      </span>
                    ) : null}
                  </Cell>
                  <Cell className="w-10 text-right">
                    {mayManage ? (
                      <Menu>
                        <MenuTrigger asChild>
                          <Button
                            variant="ghost"
                            size="icon-sm"
                            aria-label={`Actions for the ${nameOf(key.provider)} key${endOf(key)}`}
                          >
                            <Ellipsis />
                          </Button>
                        </MenuTrigger>
                        <MenuContent align="end">
                          <MenuItem onSelect={() => setEditing(key)}>
                            <Pencil />
                            Edit…
                          </MenuItem>
                          <MenuItem onSelect={() => void check(key)}>
                            <PlugZap />
                            Check now
                          </MenuItem>
                          <MenuItem onSelect={() => void turn(key)}>
                            {key.isActive ? <PowerOff /> : <Power />}
                            {key.isActive ? "Turn off" : "Turn on"}
                          </MenuItem>
                          <MenuSeparator />
                          <MenuItem danger onSelect={() => setRemoving(key)}>
                            <Trash2 />
                            Remove…
                          </MenuItem>
                        </MenuContent>
                      </Menu>
                    ) : null}
                  </Cell>
                </Row>
              ))}
            </tbody>
          </Table>
        )}
      </Card>
      {first ? (
        <ProviderKeyDialog
          key={editing?.id ?? "new"}
          open={(adding && mayManage) || editing !== null}
          onOpenChange={(open) => {
            if (open) return;
            void setAdding(null);
            setEditing(null);
          }}
          projectId={projectId}
          organizationName={organizationName}
          providers={[first, ...others]}
          providerKey={editing}
        />
      ) : null}
      {removing ? (
        <ConfirmDialog
          open
          onOpenChange={(open) => {
            if (!open) setRemoving(null);
          }}
          title={`Remove the ${nameOf(removing.provider)} key?`}
          description={`The key${endOf(removing)} is forgotten here${removing.scope === "organization" ? ", for every project," : ""} and stays valid at the provider. Calls that relied on it are paid from credits or refused, as the project's mode says.`}
          confirm="Remove key"
          phrase={removing.lastFour || removing.provider}
          onConfirm={() => remove(removing)}
        />
      ) : null}
    </>
  );
}
