import type { Metadata } from "next";
import { StatementView } from "@/components/books/statement-view";
import { requireProject } from "@/lib/edge/session";
import { monthOf, readStatement } from "@/lib/ledger/statement";

export const metadata: Metadata = { title: "Statement" };

interface StatementPageProps {
  params: Promise<{ project: string }>;
  searchParams: Promise<{ month?: string | string[] }>;
}

export default async function StatementPage({ params, searchParams }: StatementPageProps) {
  const { organization, project } = await requireProject((await params).project, "billing.view");
  const { month: asked } = await searchParams;
  const thisMonth = monthOf(new Date());
  // A month that is none, or still to come, is this one.
  const month = typeof asked === "string" && asked <= thisMonth ? asked : thisMonth;
  const statement = (await readStatement(organization.id, month)) ?? (await readStatement(organization.id, thisMonth));
  return statement ? (
    <StatementView
      projectId={project.id}
      organization={{ id: organization.id, name: organization.name }}
      statement={statement}
      thisMonth={thisMonth}
    />
  ) : null;
}
