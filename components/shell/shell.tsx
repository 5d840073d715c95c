import type { ReactNode } from "react";
import { MobileBar } from "@/components/shell/mobile-bar";
import { Palette } from "@/components/shell/palette";
import { Rail } from "@/components/shell/rail";
import { RememberProject } from "@/components/shell/remember-project";
import type { ShellData } from "@/components/shell/shell-data";

interface ShellProps {
  data: ShellData;
  children: ReactNode;
}

/** The frame of every page of a project. */
export function Shell({ data, children }: ShellProps) {
  return (
    <div className="lg:grid lg:grid-cols-[15rem_minmax(0,1fr)] print:block">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-ink px-3 py-2 text-canvas text-ui focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <MobileBar data={data} />
      <aside aria-label="Navigation" className="hidden border-line border-r lg:block print:hidden">
        <div className="sticky top-0 h-dvh overflow-y-auto">
          <Rail data={data} />
        </div>
      </aside>
      <main id="content" tabIndex={-1} className="min-w-0 px-4 py-6 outline-none sm:px-8 sm:py-8 print:p-0">
        <div className="mx-auto max-w-[76rem]">{children}</div>
      </main>
      <Palette data={data} />
      <RememberProject projectId={data.project.id} />
    </div>
  );
}
