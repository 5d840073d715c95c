"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { NAVIGATION, projectPath } from "@/components/shell/navigation";
import { cn } from "@/components/ui/cn";
import { can, type Role } from "@/lib/identity/roles";

interface NavLinksProps {
  projectId: string;
  role: Role;
  /** Called when a link was followed, to close a drawer. */
  onNavigate?: () => void;
}

/** The pages of the project; the one on screen is marked. */
export function NavLinks({ projectId, role, onNavigate }: NavLinksProps) {
  const pathname = usePathname();
  return (
    <nav aria-label="Project">
      <ul className="grid gap-0.5">
        {NAVIGATION.filter((item) => can(role, item.act)).map(({ label, icon: Icon, path }) => {
          const href = projectPath(projectId, path);
          const current = path === "" ? pathname === href : pathname === href || pathname.startsWith(`${href}/`);
          return (
            <li key={path}>
              <Link
                href={href}
                onClick={onNavigate}
                aria-current={current ? "page" : undefined}
                className={cn(
                  "flex h-8 items-center gap-2.5 rounded-md px-2.5 text-soft text-ui transition-colors hover:bg-hover hover:text-ink",
                  current && "bg-hover font-medium text-ink",
                )}
              >
                <Icon className={cn("size-4 text-faint", current && "text-accent-text")} aria-hidden />
                {label}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
