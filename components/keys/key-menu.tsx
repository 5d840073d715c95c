"use client";

import { Copy, Ellipsis, Eye, Pencil, Power, PowerOff, RotateCw, ScrollText, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { deleteKeyAction } from "@/components/keys/actions";
import { EditKeyDialog } from "@/components/keys/edit-key-dialog";
import type { KeyFormContext } from "@/components/keys/key-form";
import { RotateKeyDialog } from "@/components/keys/rotate-key-dialog";
import { useKeyCache } from "@/components/keys/use-keys";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { KeyView } from "@/lib/keys/key-view";

interface KeyMenuProps {
  apiKey: KeyView;
  /** Whether this person may change this key. */
  mayChange: boolean;
  context: KeyFormContext;
  onStatus: (status: KeyView["status"]) => void;
  onRotated: (rotated: { key: KeyView; secret: string }) => void;
  /** Whether this is the key's own page: it leads nowhere else then. */
  isOwnPage?: boolean;
  /** Whether its settings are open at first. */
  isEditing?: boolean;
}

/** Everything that can be done with one key. */
export function KeyMenu({
  apiKey,
  mayChange,
  context,
  onStatus,
  onRotated,
  isOwnPage = false,
  isEditing = false,
}: KeyMenuProps) {
  const router = useRouter();
  const [asked, setAsked] = useState<"edit" | "rotate" | "delete" | null>(mayChange && isEditing ? "edit" : null);
  const cache = useKeyCache(apiKey.projectId);
  const change = (what: typeof asked) => (open: boolean) => setAsked(open ? what : null);

  const remove = async () => {
    const answer = await deleteKeyAction({ projectId: apiKey.projectId, keyId: apiKey.id }).catch(() => undefined);
    if (!answer?.ok) {
      toast.error(`“${apiKey.name}” was not deleted`, {
        description: answer?.error.message ?? UNREACHABLE,
      });
      return false;
    }
    toast.success(`“${apiKey.name}” is deleted`, { description: "Its requests stay in the logs." });
    await cache.remove(apiKey.id);
    if (isOwnPage) router.push(projectPath(apiKey.projectId, "/keys"));
    return true;
  };

  const copyId = async () => {
    try {
      await navigator.clipboard.writeText(apiKey.id);
      toast.success("The id is copied");
    } catch {
      toast.error("The browser did not allow copying.", { description: apiKey.id });
    }
  };

  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon-sm" aria-label={`Actions for ${apiKey.name}`}>
            <Ellipsis />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          {isOwnPage ? null : (
            <MenuItem asChild>
              <Link href={projectPath(apiKey.projectId, `/keys/${apiKey.id}`)}>
                <Eye />
                Open
              </Link>
            </MenuItem>
          )}
          <MenuItem onSelect={() => void copyId()}>
            <Copy />
            Copy id
          </MenuItem>
          <MenuItem asChild>
            <Link href={`${projectPath(apiKey.projectId, "/logs")}?key=${apiKey.id}`}>
              <ScrollText />
              View logs
            </Link>
          </MenuItem>
          {mayChange ? (
            <>
              <MenuSeparator />
              <MenuItem onSelect={() => setAsked("edit")}>
                <Pencil />
                Edit…
              </MenuItem>
              {apiKey.status === "active" ? (
                <MenuItem onSelect={() => onStatus("inactive")}>
                  <PowerOff />
                  Disable
                </MenuItem>
              ) : (
                <MenuItem onSelect={() => onStatus("active")}>
                  <Power />
                  Enable
                </MenuItem>
              )}
              <MenuItem onSelect={() => setAsked("rotate")}>
                <RotateCw />
                Rotate…
              </MenuItem>
              <MenuSeparator />
              <MenuItem danger onSelect={() => setAsked("delete")}>
                <Trash2 />
                Delete…
              </MenuItem>
            </>
          ) : null}
        </MenuContent>
      </Menu>
      <EditKeyDialog
        open={asked === "edit"}
        onOpenChange={change("edit")}
        apiKey={apiKey}
        context={context}
        onChanged={(key) => void cache.put(key)}
      />
      <RotateKeyDialog
        open={asked === "rotate"}
        onOpenChange={change("rotate")}
        apiKey={apiKey}
        onRotated={(rotated) => {
          setAsked(null);
          onRotated(rotated);
        }}
      />
      <ConfirmDialog
        open={asked === "delete"}
        onOpenChange={change("delete")}
        title={`Delete “${apiKey.name}”?`}
        description="Calls with it are refused from this moment on. This cannot be undone; to stop it for a while, disable it instead."
        confirm="Delete key"
        phrase={apiKey.name}
        onConfirm={remove}
      />
    </>
  );
}
