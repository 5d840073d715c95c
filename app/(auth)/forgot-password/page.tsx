import type { Metadata } from "next";
import Link from "next/link";
import { connection } from "next/server";
import { ForgotPasswordForm } from "@/components/identity/forgot-password-form";
import { config } from "@/lib/infra/config";

export const metadata: Metadata = { title: "Forgot your password?" };

export default async function ForgotPasswordPage() {
  await connection();
  return (
    <>
      <h1 className="font-semibold text-2xl tracking-tight">Forgot your password?</h1>
      <p className="mt-1.5 mb-6 text-soft text-sm">
        We mail you a link to choose a new one. Or{" "}
        <Link href="/sign-in" className="font-medium text-accent-text underline underline-offset-4">
          sign in
        </Link>
        .
      </p>
      <ForgotPasswordForm sendsMail={config().smtpUrl !== undefined} />
    </>
  );
}
