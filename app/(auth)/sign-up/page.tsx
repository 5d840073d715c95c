import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { connection } from "next/server";
import { ProviderButtons } from "@/components/identity/provider-buttons";
import { SignUpForm } from "@/components/identity/sign-up-form";
import { currentUser } from "@/lib/edge/session";
import { signInProviders } from "@/lib/identity/auth-options";

export const metadata: Metadata = { title: "Create an account" };

export default async function SignUpPage() {
  await connection();
  if (await currentUser()) redirect("/dashboard");
  return (
    <>
      <h1 className="font-semibold text-2xl tracking-tight">Create an account</h1>
      <p className="mt-1.5 mb-6 text-soft text-sm">
        Have one already?{" "}
        <Link href="/sign-in" className="font-medium text-accent-text underline underline-offset-4">
          Sign in
        </Link>
      </p>
      <ProviderButtons providers={signInProviders()} returnTo="/dashboard" />
      <SignUpForm />
      <p className="mt-6 text-faint text-xs">
        You get an organisation and a first project of your own. You can make a key and call the gateway in a minute.
      </p>
    </>
  );
}
