"use client";

import { Menu as MenuIcon, X } from "lucide-react";
import Link from "next/link";
import { Dialog as RadixDialog } from "radix-ui";
import { useState } from "react";
import { AlertsBell } from "@/components/alerts/alerts-bell";
import { Rail } from "@/components/shell/rail";
import type { ShellData } from "@/components/shell/shell-data";
import { Button } from "@/components/ui/button";
import { overlayStyles } from "@/components/ui/dialog";
import { LogoMark } from "@/components/ui/logo";

/** On small screens: a bar with the project's name, and the rail in a drawer. */
export function MobileBar({ data }: { data: ShellData }) {
  const [open, setOpen] = useState(false);
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center gap-2 border-line border-b bg-canvas/90 px-3 backdrop-blur-md lg:hidden print:hidden">
      <RadixDialog.Root open={open} onOpenChange={setOpen}>
        <RadixDialog.Trigger asChild>
          <Button variant="ghost" size="icon" aria-label="Open navigation">
            <MenuIcon />
          </Button>
        </RadixDialog.Trigger>
        <RadixDialog.Portal>
          <RadixDialog.Overlay className={overlayStyles} />
          <RadixDialog.Content
            aria-describedby={undefined}
            className="fixed inset-y-0 left-0 z-50 w-72 max-w-[85vw] animate-slide border-line border-r bg-canvas outline-none"
          >
            <RadixDialog.Title className="sr-only">Navigation</RadixDialog.Title>
            <Rail data={data} onNavigate={() => setOpen(false)} />
            <RadixDialog.Close asChild>
              <Button
                variant="secondary"
                size="icon"
                aria-label="Close navigation"
                className="absolute top-3 -right-11"
              >
                <X />
              </Button>
            </RadixDialog.Close>
          </RadixDialog.Content>
        </RadixDialog.Portal>
      </RadixDialog.Root>
      <span className="min-w-0 flex-1 truncate font-medium text-ui">{data.project.name}</span>
      <AlertsBell projectId={data.project.id} initial={data.alerts} />
      <Link href="/dashboard" aria-label="Turnpike dashboard" className="rounded-md">
        <LogoMark />
      </Link>
    </header>
  );
}
