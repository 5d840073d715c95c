import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { EmailCard } from "@/components/identity/email-card";
import { PasswordCard } from "@/components/identity/password-card";
import { PersonNameCard } from "@/components/identity/person-name-card";
import { SessionsCard } from "@/components/identity/sessions-card";
import { PageHeader } from "@/components/ui/page-header";
import { requireProject } from "@/lib/edge/session";
import { readAccount } from "@/lib/identity/read-account";
import { config } from "@/lib/infra/config";

export const metadata: Metadata = { title: "Account" };

interface AccountPageProps {
  params: Promise<{ project: string }>;
}

export default async function AccountPage({ params }: AccountPageProps) {
  const { user } = await requireProject((await params).project);
  const account = (await readAccount(user.id)) ?? notFound();
  return (
    <>
      <PageHeader title="Account" description="You, in every organisation that you belong to." />
      <div className="grid max-w-3xl grid-cols-1 gap-4">
        <PersonNameCard name={account.name} />
        <EmailCard
          email={account.email}
          isVerified={account.isVerified}
          hasPassword={account.hasPassword}
          sendsMail={config().smtpUrl !== undefined}
        />
        <PasswordCard email={account.email} hasPassword={account.hasPassword} providers={account.providers} />
        <SessionsCard />
      </div>
    </>
  );
}
