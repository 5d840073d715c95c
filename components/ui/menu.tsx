"use client";

import { DropdownMenu } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/components/ui/cn";

/** A menu; the page behind it stays as it is, so that nothing that can take focus is hidden from screen readers. */
export function Menu(props: ComponentProps<typeof DropdownMenu.Root>) {
  return <DropdownMenu.Root modal={false} {...props} />;
}
export const MenuTrigger = DropdownMenu.Trigger;
export const MenuGroup = DropdownMenu.Group;

/** The list that a menu button opens. */
export function MenuContent({ className, sideOffset = 4, ...props }: ComponentProps<typeof DropdownMenu.Content>) {
  return (
    <DropdownMenu.Portal>
      <DropdownMenu.Content
        sideOffset={sideOffset}
        collisionPadding={8}
        className={cn(
          "z-50 min-w-44 animate-fade rounded-lg border border-line bg-raised p-1 shadow-pop outline-none",
          className,
        )}
        {...props}
      />
    </DropdownMenu.Portal>
  );
}

const itemStyles =
  "flex cursor-default select-none items-center gap-2 rounded-md px-2.5 py-1.5 text-ui outline-none data-disabled:opacity-50 data-highlighted:bg-hover [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-faint";

interface MenuItemProps extends ComponentProps<typeof DropdownMenu.Item> {
  danger?: boolean;
}

export function MenuItem({ className, danger, ...props }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      className={cn(itemStyles, danger && "text-danger-text [&_svg]:text-danger-text", className)}
      {...props}
    />
  );
}

export function MenuRadioItem({ className, ...props }: ComponentProps<typeof DropdownMenu.RadioItem>) {
  return (
    <DropdownMenu.RadioItem
      className={cn(itemStyles, "data-[state=checked]:font-medium data-[state=checked]:text-accent-text", className)}
      {...props}
    />
  );
}

export const MenuRadioGroup = DropdownMenu.RadioGroup;

export function MenuSeparator() {
  return <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-line" />;
}

export function MenuLabel({ className, ...props }: ComponentProps<typeof DropdownMenu.Label>) {
  return <DropdownMenu.Label className={cn("px-2.5 pt-1.5 pb-1 text-faint text-xs", className)} {...props} />;
}
