import Link from "next/link";
import { connection } from "next/server";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Logo } from "@/components/ui/logo";
import { ThemeToggle } from "@/components/ui/theme";
import { currentUser } from "@/lib/edge/session";

export default async function MarketingLayout({ children }: { children: ReactNode }) {
  await connection();
  const user = await currentUser();
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="sticky top-0 z-30 border-line/70 border-b bg-canvas/85 backdrop-blur-md">
        <div className="mx-auto flex h-14 max-w-6xl items-center gap-2 px-5 sm:px-8">
          <Link href="/" className="inline-flex mr-auto rounded-md">
            <Logo />
          </Link>
          <nav aria-label="Site" className="mr-1 hidden items-center sm:flex">
            <Button asChild variant="ghost">
              <Link href="/models">Models</Link>
            </Button>
            <Button asChild variant="ghost">
              <Link href="/docs">Docs</Link>
            </Button>
          </nav>
          <nav aria-label="Account" className="flex items-center gap-1.5">
            <ThemeToggle />
            {user ? (
              <Button asChild variant="primary">
                <Link href="/dashboard">Dashboard</Link>
              </Button>
            ) : (
              <>
                <Button asChild variant="ghost">
                  <Link href="/sign-in">Sign in</Link>
                </Button>
                <Button asChild variant="primary">
                  <Link href="/sign-up">Sign up</Link>
                </Button>
              </>
            )}
          </nav>
        </div>
      </header>
      <main className="flex-1">{children}</main>
      <footer className="border-line border-t">
        <div className="mx-auto flex max-w-6xl flex-wrap items-center justify-between gap-4 px-5 py-8 text-soft text-ui sm:px-8">
          <Logo className="text-sm" />
          <nav aria-label="Footer" className="flex gap-5">
            <Link href="/models" className="rounded underline-offset-4 hover:underline">
              Models
            </Link>
            <Link href="/docs" className="rounded underline-offset-4 hover:underline">
              Docs
            </Link>
          </nav>
          <p>Runs on your own machines, with one PostgreSQL. MIT licensed.</p>
        </div>
      </footer>
    </div>
  );
}
