import { AlertsBell } from "@/components/alerts/alerts-bell";
import { AccountMenu } from "@/components/shell/account-menu";
import { Balance } from "@/components/shell/balance";
import { NavLinks } from "@/components/shell/nav-links";
import { PaletteButton } from "@/components/shell/palette-button";
import { ProjectSwitcher } from "@/components/shell/project-switcher";
import type { ShellData } from "@/components/shell/shell-data";
import { ThemeToggle } from "@/components/ui/theme";

interface RailProps {
  data: ShellData;
  onNavigate?: () => void;
}

/** What stands left of every page, and in the drawer on small screens. */
export function Rail({ data, onNavigate }: RailProps) {
  return (
    <div className="flex h-full flex-col gap-3 p-3">
      <ProjectSwitcher project={data.project} projects={data.projects} role={data.role} />
      <PaletteButton />
      <NavLinks projectId={data.project.id} role={data.role} onNavigate={onNavigate} />
      <div className="mt-auto grid gap-2">
        {data.balance ? <Balance projectId={data.project.id} initial={data.balance} /> : null}
        <div className="flex items-center gap-1">
          <AccountMenu user={data.user} projectId={data.project.id} />
          <AlertsBell projectId={data.project.id} initial={data.alerts} className="shrink-0" />
          <ThemeToggle className="shrink-0" />
        </div>
      </div>
    </div>
  );
}
