"use client";

import { X } from "lucide-react";
import { Dialog as RadixDialog } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";

/** The veil behind dialogs and drawers. */
export const overlayStyles =
  "fixed inset-0 z-40 animate-fade bg-[oklch(0.15_0.01_160/45%)] dark:bg-[oklch(0.05_0_0/65%)]";

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  /**
   * `guarded`: neither Escape nor a press outside closes it, and there is no cross; only what is inside may call
   * `onOpenChange`. For what is shown once.
   */
  guarded?: boolean;
  /** `wide` for code; the default suits a form. */
  width?: "form" | "wide";
  children: ReactNode;
}

/** A modal dialog with a title; focus stays inside and returns to where it was. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  guarded = false,
  width = "form",
  children,
}: DialogProps) {
  const keep = (event: Event) => {
    if (guarded) event.preventDefault();
  };
  return (
    <RadixDialog.Root open={open} onOpenChange={onOpenChange}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className={overlayStyles} />
        <RadixDialog.Content
          onEscapeKeyDown={keep}
          onPointerDownOutside={keep}
          onInteractOutside={keep}
          {...(description ? {} : { "aria-describedby": undefined })}
          className={cn(
            "fixed inset-x-3 top-[max(1rem,8dvh)] z-50 mx-auto flex max-h-[calc(100dvh-max(2rem,12dvh))] animate-in flex-col overflow-hidden rounded-xl border border-line bg-raised shadow-pop outline-none",
            width === "form" ? "max-w-lg" : "max-w-2xl",
          )}
        >
          <header className="flex items-start justify-between gap-4 px-5 pt-5 pb-4">
            <div className="min-w-0">
              <RadixDialog.Title className="font-semibold text-base text-ink">{title}</RadixDialog.Title>
              {description ? (
                <RadixDialog.Description className="mt-1 text-soft text-ui">{description}</RadixDialog.Description>
              ) : null}
            </div>
            {guarded ? null : (
              <RadixDialog.Close asChild>
                <Button variant="ghost" size="icon-sm" aria-label="Close" className="-mt-1 -mr-1.5">
                  <X />
                </Button>
              </RadixDialog.Close>
            )}
          </header>
          {children}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

/** The scrolling middle of a dialog. */
export function DialogBody({ className, children }: { className?: string; children: ReactNode }) {
  return <div className={cn("min-h-0 overflow-y-auto px-5 pb-5", className)}>{children}</div>;
}

/** The row of buttons at the end of a dialog; the main act comes last. */
export function DialogFooter({ className, children }: { className?: string; children: ReactNode }) {
  return (
    <footer
      className={cn(
        "flex flex-wrap items-center justify-end gap-2 border-line border-t bg-sunken px-5 py-3",
        className,
      )}
    >
      {children}
    </footer>
  );
}
