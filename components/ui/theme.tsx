"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { ThemeProvider as NextThemes, useTheme } from "next-themes";
import { type ReactNode, useSyncExternalStore } from "react";
import { Toaster as Sonner } from "sonner";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuRadioGroup, MenuRadioItem, MenuTrigger } from "@/components/ui/menu";

const THEMES = [
  { value: "light", label: "Light", icon: Sun },
  { value: "dark", label: "Dark", icon: Moon },
  { value: "system", label: "System", icon: Monitor },
] as const;

/** Light, dark, or as the system says; remembered by the browser and set before the first paint. */
export function ThemeProvider({ children }: { children: ReactNode }) {
  return (
    <NextThemes attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange>
      {children}
    </NextThemes>
  );
}

const never = () => () => {};

/** False while the server's markup is being taken over; the chosen theme is known to the browser only. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}

/** The radio items of a menu that choose the theme. */
export function ThemeMenuItems() {
  const { theme, setTheme } = useTheme();
  return (
    <MenuRadioGroup value={theme ?? "system"} onValueChange={setTheme}>
      {THEMES.map(({ value, label, icon: Icon }) => (
        <MenuRadioItem key={value} value={value}>
          <Icon />
          {label}
        </MenuRadioItem>
      ))}
    </MenuRadioGroup>
  );
}

/** A button that opens the choice of theme. */
export function ThemeToggle({ className }: { className?: string }) {
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label="Theme" className={className}>
          <Sun className="dark:hidden" />
          <Moon className="hidden dark:block" />
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        <ThemeMenuItems />
      </MenuContent>
    </Menu>
  );
}

/** Where toasts appear, in the page's theme. */
export function Toaster() {
  const { resolvedTheme } = useTheme();
  const hydrated = useHydrated();
  return (
    <Sonner
      theme={hydrated && resolvedTheme === "dark" ? "dark" : "light"}
      position="bottom-right"
      toastOptions={{
        className: "font-sans!",
        style: { background: "var(--raised)", color: "var(--ink)", borderColor: "var(--line)" },
        classNames: { description: "text-soft!" },
      }}
    />
  );
}
