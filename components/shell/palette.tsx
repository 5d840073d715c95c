"use client";

import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import {
  BookOpen,
  CircleUser,
  FolderOpen,
  KeyRound,
  Moon,
  Plug,
  ReceiptText,
  ShieldCheck,
  Sun,
  UserPlus,
} from "lucide-react";
import { useRouter } from "next/navigation";
import { useTheme } from "next-themes";
import { Dialog as RadixDialog } from "radix-ui";
import { type ReactNode, useEffect, useState } from "react";
import { filterKeys } from "@/components/keys/key-filters";
import { keyListSchema } from "@/components/keys/key-view-schema";
import { fetchLive } from "@/components/shell/fetch-live";
import { NAVIGATION, projectPath } from "@/components/shell/navigation";
import { onPaletteAsked } from "@/components/shell/palette-events";
import type { ShellData } from "@/components/shell/shell-data";
import { overlayStyles } from "@/components/ui/dialog";
import { can } from "@/lib/identity/roles";

/** Of the keys that fit; a letter more finds the others. */
const KEYS_SHOWN = 8;
const REQUEST_ID = /^gen_[0-9A-Za-z]+$/;

function Item({ onSelect, children, value }: { onSelect: () => void; children: ReactNode; value: string }) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex cursor-default items-center gap-2.5 rounded-md px-2.5 py-2 text-ui data-[selected=true]:bg-hover [&_svg]:size-4 [&_svg]:text-faint"
    >
      {children}
    </Command.Item>
  );
}

/** Goes anywhere by a few letters: pages, other projects, a new key, a request by its id. */
export function Palette({ data }: { data: ShellData }) {
  const router = useRouter();
  const { resolvedTheme, setTheme } = useTheme();
  const [open, setOpen] = useState(false);
  const [search, setSearch] = useState("");

  useEffect(() => {
    const stop = onPaletteAsked(() => setOpen(true));
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      // What is shown once may not be covered or left by a shortcut.
      if (document.querySelector("[role=dialog], [role=alertdialog]") && !open) return;
      event.preventDefault();
      setOpen((shown) => !shown);
    };
    window.addEventListener("keydown", press);
    return () => {
      stop();
      window.removeEventListener("keydown", press);
    };
  }, [open]);

  const close = () => {
    setOpen(false);
    setSearch("");
  };
  const go = (address: string) => {
    close();
    router.push(address);
  };
  const wanted = search.trim();
  const projectId = data.project.id;
  const { data: keys } = useQuery({
    queryKey: ["keys", projectId],
    queryFn: ({ signal }) => fetchLive(`/dashboard/${projectId}/live/keys`, keyListSchema, signal),
    enabled: open && can(data.role, "keys.view"),
  });
  const foundKeys =
    wanted === "" ? [] : filterKeys(keys ?? [], { q: wanted, environment: "all", status: "all" }).slice(0, KEYS_SHOWN);

  return (
    <RadixDialog.Root open={open} onOpenChange={(next) => (next ? setOpen(true) : close())}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className={overlayStyles} />
        <RadixDialog.Content
          aria-describedby={undefined}
          className="fixed inset-x-3 top-[14dvh] z-50 mx-auto max-w-lg animate-in overflow-hidden rounded-xl border border-line bg-raised shadow-pop outline-none"
        >
          <RadixDialog.Title className="sr-only">Go to</RadixDialog.Title>
          <Command label="Go to" loop>
            <Command.Input
              value={search}
              onValueChange={setSearch}
              placeholder="A page, a key, a project, a request id…"
              className="h-12 w-full border-line border-b bg-transparent px-4 text-sm outline-none placeholder:text-faint"
            />
            <Command.List className="max-h-80 overflow-y-auto p-1.5 [&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-faint [&_[cmdk-group-heading]]:text-xs">
              <Command.Empty className="px-3 py-8 text-center text-soft text-ui">Nothing by that name.</Command.Empty>
              {REQUEST_ID.test(wanted) && can(data.role, "logs.view") ? (
                <Item value={wanted} onSelect={() => go(projectPath(projectId, `/logs/${wanted}`))}>
                  <ReceiptText aria-hidden />
                  <span className="truncate">
                    Receipt <span className="font-mono text-xs">{wanted}</span>
                  </span>
                </Item>
              ) : null}
              <Command.Group heading="Pages">
                {NAVIGATION.filter((item) => can(data.role, item.act)).map(({ label, icon: Icon, path }) => (
                  <Item key={path} value={label} onSelect={() => go(projectPath(projectId, path))}>
                    <Icon aria-hidden />
                    {label}
                  </Item>
                ))}
                <Item value="Account password e-mail" onSelect={() => go(projectPath(projectId, "/account"))}>
                  <CircleUser aria-hidden />
                  Account
                </Item>
                <Item value="Docs documentation help" onSelect={() => go("/docs")}>
                  <BookOpen aria-hidden />
                  Docs
                </Item>
                <Item value="API reference OpenAPI" onSelect={() => go("/docs/api")}>
                  <BookOpen aria-hidden />
                  API reference
                </Item>
              </Command.Group>
              {foundKeys.length > 0 ? (
                <Command.Group heading="Keys">
                  {foundKeys.map((key) => (
                    <Item
                      key={key.id}
                      value={`${key.name} ${key.preview} ${key.id} ${key.endUser ?? ""}`}
                      onSelect={() => go(projectPath(projectId, `/keys/${key.id}`))}
                    >
                      <KeyRound aria-hidden />
                      <span className="truncate">{key.name}</span>
                      <span className="ml-auto truncate font-mono text-faint text-xs">{key.preview}</span>
                    </Item>
                  ))}
                </Command.Group>
              ) : null}
              <Command.Group heading="Do">
                {can(data.role, "keys.create") ? (
                  <Item value="Create key" onSelect={() => go(`${projectPath(projectId, "/keys")}?create=true`)}>
                    <KeyRound aria-hidden />
                    Create key
                  </Item>
                ) : null}
                {can(data.role, "provider_keys.manage") ? (
                  <Item
                    value="Add provider key OpenAI Anthropic"
                    onSelect={() => go(`${projectPath(projectId, "/providers")}?add=true`)}
                  >
                    <Plug aria-hidden />
                    Add provider key
                  </Item>
                ) : null}
                {can(data.role, "rules.view") ? (
                  <Item
                    value="Edit the project's rules allow deny models"
                    onSelect={() => go(projectPath(projectId, "/settings/rules"))}
                  >
                    <ShieldCheck aria-hidden />
                    Rules of the project
                  </Item>
                ) : null}
                {can(data.role, "members.manage") ? (
                  <Item value="Invite member" onSelect={() => go(`${projectPath(projectId, "/members")}?invite=true`)}>
                    <UserPlus aria-hidden />
                    Invite member
                  </Item>
                ) : null}
                <Item
                  value="Change theme dark light"
                  onSelect={() => {
                    setTheme(resolvedTheme === "dark" ? "light" : "dark");
                    close();
                  }}
                >
                  {resolvedTheme === "dark" ? <Sun aria-hidden /> : <Moon aria-hidden />}
                  {resolvedTheme === "dark" ? "Light theme" : "Dark theme"}
                </Item>
              </Command.Group>
              {data.projects.length > 1 ? (
                <Command.Group heading="Projects">
                  {data.projects.map((project) => (
                    <Item
                      key={project.id}
                      value={`${project.name} ${project.organizationName} ${project.id}`}
                      onSelect={() => go(projectPath(project.id))}
                    >
                      <FolderOpen aria-hidden />
                      <span className="truncate">{project.name}</span>
                      <span className="ml-auto truncate text-faint text-xs">{project.organizationName}</span>
                    </Item>
                  ))}
                </Command.Group>
              ) : null}
            </Command.List>
          </Command>
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}
