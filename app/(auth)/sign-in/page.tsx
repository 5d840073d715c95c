import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { ProviderButtons } from "@/components/identity/provider-buttons";
import { returnPath } from "@/components/identity/return-path";
import { SignInForm } from "@/components/identity/sign-in-form";
import { currentUser } from "@/lib/edge/session";
import { signInProviders } from "@/lib/identity/auth-options";

export const metadata: Metadata = { title: "Sign in" };

/** NextAuth comes back here with one of its error names in the address. */
const PROBLEMS: Record<string, string> = {
  OAuthAccountNotLinked: "An account with this e-mail address exists already. Sign in the way you did before.",
  EmailNotVerified: "That account's e-mail address is not verified there yet. Verify it at the provider and try again.",
  AccessDenied: "That account was not let in.",
  SessionRequired: "Please sign in to go on.",
};
const OTHER_PROBLEM = "Signing in with that provider did not work. Please try again.";

interface SignInPageProps {
  searchParams: Promise<{ callbackUrl?: string | string[]; error?: string | string[] }>;
}

export default async function SignInPage({ searchParams }: SignInPageProps) {
  const { callbackUrl, error } = await searchParams;
  const returnTo = returnPath(typeof callbackUrl === "string" ? callbackUrl : undefined);
  if (await currentUser()) redirect(returnTo);
  return (
    <>
      <h1 className="font-semibold text-2xl tracking-tight">Sign in</h1>
      <p className="mt-1.5 mb-6 text-soft text-sm">
        New here?{" "}
        <Link href="/sign-up" className="font-medium text-accent-text underline underline-offset-4">
          Create an account
        </Link>
      </p>
      <ProviderButtons providers={signInProviders()} returnTo={returnTo} />
      <SignInForm
        returnTo={returnTo}
        problem={typeof error === "string" ? (PROBLEMS[error] ?? OTHER_PROBLEM) : undefined}
      />
    </>
  );
}
