import type { Metadata } from "next";
import Link from "next/link";
import { connection } from "next/server";
import { ConfirmEmail } from "@/components/identity/confirm-email";
import { Button } from "@/components/ui/button";
import { currentUser } from "@/lib/edge/session";
import { readEmailLink } from "@/lib/identity/confirm-email";

// The address holds the link's token, which no other site is to see.
export const metadata: Metadata = { title: "Confirm your e-mail address", referrer: "no-referrer" };

interface ConfirmEmailPageProps {
  searchParams: Promise<{ token?: string | string[] }>;
}

export default async function ConfirmEmailPage({ searchParams }: ConfirmEmailPageProps) {
  await connection();
  const { token } = await searchParams;
  const user = await currentUser();
  const here = typeof token === "string" ? `/confirm-email?token=${encodeURIComponent(token)}` : "/confirm-email";
  if (!user) {
    return (
      <>
        <h1 className="text-balance font-semibold text-2xl tracking-tight">Sign in to confirm</h1>
        <p className="mt-1.5 mb-6 text-soft text-sm">
          The link works for the account that it was sent for. Sign in with the address that you had until now.
        </p>
        <Button asChild variant="primary">
          <Link href={`/sign-in?callbackUrl=${encodeURIComponent(here)}`}>Sign in</Link>
        </Button>
      </>
    );
  }
  const email = typeof token === "string" ? await readEmailLink(token, user.id) : null;
  if (typeof token !== "string" || email === null) {
    return (
      <>
        <h1 className="text-balance font-semibold text-2xl tracking-tight">This link is not valid any more</h1>
        <p className="mt-1.5 mb-6 text-soft text-sm">
          It was used already, is more than a day old, or was sent for another account than{" "}
          <span className="break-all">{user.email}</span>.
        </p>
        <Button asChild variant="primary">
          <Link href="/dashboard">Go to the dashboard</Link>
        </Button>
      </>
    );
  }
  return (
    <>
      <h1 className="text-balance font-semibold text-2xl tracking-tight">Confirm your e-mail address</h1>
      <p className="mt-1.5 mb-6 text-soft text-sm">
        You sign in with <strong className="break-all text-ink">{email}</strong> from then on.
      </p>
      <ConfirmEmail token={token} />
    </>
  );
}
