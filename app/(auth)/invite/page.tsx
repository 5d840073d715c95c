import type { Metadata } from "next";
import Link from "next/link";
import { connection } from "next/server";
import { ProviderButtons } from "@/components/identity/provider-buttons";
import { AcceptInvite } from "@/components/members/accept-invite";
import { ROLE_WORDS } from "@/components/members/role-words";
import { SignOutButton } from "@/components/members/sign-out-button";
import { SignUpByInviteForm } from "@/components/members/sign-up-by-invite-form";
import { Button } from "@/components/ui/button";
import { currentUser } from "@/lib/edge/session";
import { signInProviders } from "@/lib/identity/auth-options";
import type { InviteState } from "@/lib/members/invite-state";
import { type InviteView, readInvite } from "@/lib/members/read-invite";

// The address holds the link's token, which no other site is to see.
export const metadata: Metadata = { title: "Invitation", referrer: "no-referrer" };

/** What became of an invitation that opens nothing. */
const OVER: Readonly<Record<Exclude<InviteState, "open">, { title: string; text: string }>> = {
  expired: {
    title: "This invitation has expired",
    text: "Invitations are open for seven days. Ask whoever sent it to send it again.",
  },
  used: {
    title: "This invitation was accepted already",
    text: "A link works once. If it was you, sign in; if not, ask for a new one.",
  },
  revoked: {
    title: "This invitation was taken back",
    text: "Ask whoever sent it whether there is a new one for you.",
  },
};

interface InvitePageProps {
  searchParams: Promise<{ token?: string | string[] }>;
}

export default async function InvitePage({ searchParams }: InvitePageProps) {
  await connection();
  const { token } = await searchParams;
  const [user, invite] = await Promise.all([currentUser(), typeof token === "string" ? readInvite(token) : null]);
  if (!invite || typeof token !== "string") {
    return (
      <Over
        title="This invitation is not valid"
        text="The link is damaged, or the invitation was sent again since: then the newest mail has the link that works."
      />
    );
  }
  if (invite.state !== "open") return <Over {...OVER[invite.state]} />;
  const here = `/invite?token=${encodeURIComponent(token)}`;
  if (user && user.email !== invite.email) {
    return (
      <>
        <Head invite={invite} />
        <p className="text-soft text-sm">
          It is for <strong className="break-all text-ink">{invite.email}</strong>. You are signed in as{" "}
          <strong className="break-all text-ink">{user.email}</strong>.
        </p>
        <div className="mt-6 flex flex-wrap gap-2">
          <SignOutButton returnTo={here} />
          <Button asChild>
            <Link href="/dashboard">Go to the dashboard</Link>
          </Button>
        </div>
      </>
    );
  }
  return (
    <>
      <Head invite={invite} />
      {user ? <AcceptInvite token={token} organizationName={invite.organizationName} /> : null}
      {!user && invite.hasAccount ? (
        <>
          <p className="mb-5 text-soft text-sm">
            There is an account for <strong className="break-all text-ink">{invite.email}</strong>. Sign in with it to
            accept.
          </p>
          <Button asChild variant="primary" size="lg" className="w-full">
            <Link href={`/sign-in?callbackUrl=${encodeURIComponent(here)}`}>Sign in</Link>
          </Button>
        </>
      ) : null}
      {!user && !invite.hasAccount ? (
        <>
          <ProviderButtons providers={signInProviders()} returnTo={here} />
          <SignUpByInviteForm token={token} email={invite.email} />
        </>
      ) : null}
    </>
  );
}

function Head({ invite }: { invite: InviteView }) {
  const { label, description } = ROLE_WORDS[invite.role];
  return (
    <>
      <h1 className="text-balance break-words font-semibold text-2xl tracking-tight">Join {invite.organizationName}</h1>
      <p className="mt-1.5 mb-6 text-soft text-sm">
        You are invited as <strong className="text-ink">{label.toLowerCase()}</strong>. {description}
      </p>
    </>
  );
}

function Over({ title, text }: { title: string; text: string }) {
  return (
    <>
      <h1 className="text-balance font-semibold text-2xl tracking-tight">{title}</h1>
      <p className="mt-1.5 mb-6 text-soft text-sm">{text}</p>
      <Button asChild variant="primary">
        <Link href="/dashboard">Go to the dashboard</Link>
      </Button>
    </>
  );
}
