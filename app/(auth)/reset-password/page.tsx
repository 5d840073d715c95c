import type { Metadata } from "next";
import Link from "next/link";
import { connection } from "next/server";
import { ResetPasswordForm } from "@/components/identity/reset-password-form";
import { Button } from "@/components/ui/button";
import { checkResetLink } from "@/lib/identity/reset-password";

// The address holds the link's token, which no other site is to see.
export const metadata: Metadata = { title: "Choose a new password", referrer: "no-referrer" };

interface ResetPasswordPageProps {
  searchParams: Promise<{ token?: string | string[] }>;
}

export default async function ResetPasswordPage({ searchParams }: ResetPasswordPageProps) {
  await connection();
  const { token } = await searchParams;
  const state = typeof token === "string" ? await checkResetLink(token) : "gone";
  if (typeof token !== "string" || state !== "open") {
    return (
      <>
        <h1 className="text-balance font-semibold text-2xl tracking-tight">
          {state === "ended" ? "This link has expired" : "This link is not valid any more"}
        </h1>
        <p className="mt-1.5 mb-6 text-soft text-sm">
          {state === "ended"
            ? "A link to choose a new password works for an hour."
            : "It was used already, or a newer one was sent since: then the newest mail has the link that works."}
        </p>
        <Button asChild variant="primary">
          <Link href="/forgot-password">Ask for a new link</Link>
        </Button>
      </>
    );
  }
  return (
    <>
      <h1 className="font-semibold text-2xl tracking-tight">Choose a new password</h1>
      <p className="mt-1.5 mb-6 text-soft text-sm">You are then signed out everywhere else.</p>
      <ResetPasswordForm token={token} />
    </>
  );
}
