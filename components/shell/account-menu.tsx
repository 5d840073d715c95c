"use client";

import { CircleUser, LogOut } from "lucide-react";
import Link from "next/link";
import { signOut } from "next-auth/react";
import { projectPath } from "@/components/shell/navigation";
import { Menu, MenuContent, MenuItem, MenuLabel, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { ThemeMenuItems } from "@/components/ui/theme";

interface AccountMenuProps {
  user: { name: string | null; email: string };
  projectId: string;
}

/** Who is signed in, their account, the theme, and the way out. */
export function AccountMenu({ user, projectId }: AccountMenuProps) {
  const shown = user.name ?? user.email;
  return (
    <Menu>
      <MenuTrigger
        aria-label={`Account of ${shown}`}
        className="flex min-w-0 flex-1 items-center gap-2.5 rounded-lg px-2 py-1.5 text-left transition-colors hover:bg-hover data-[state=open]:bg-hover"
      >
        <span
          aria-hidden
          className="flex size-6 shrink-0 items-center justify-center rounded-full border border-line-strong bg-surface font-medium text-2xs text-soft uppercase"
        >
          {[...shown.trim()][0] ?? "?"}
        </span>
        <span className="min-w-0 flex-1 truncate text-soft text-ui">{shown}</span>
      </MenuTrigger>
      <MenuContent align="start" side="top" className="w-56">
        <MenuLabel className="truncate">{user.email}</MenuLabel>
        <MenuItem asChild>
          <Link href={projectPath(projectId, "/account")}>
            <CircleUser />
            Account
          </Link>
        </MenuItem>
        <MenuSeparator />
        <MenuLabel>Theme</MenuLabel>
        <ThemeMenuItems />
        <MenuSeparator />
        <MenuItem onSelect={() => void signOut({ callbackUrl: "/" })}>
          <LogOut />
          Sign out
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
