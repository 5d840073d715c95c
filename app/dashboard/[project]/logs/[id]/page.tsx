import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { ReceiptView } from "@/components/usage/receipt-view";
import { requireProject } from "@/lib/edge/session";
import { findRequest } from "@/lib/usage/requests";

export const metadata: Metadata = { title: "Receipt" };

interface ReceiptPageProps {
  params: Promise<{ project: string; id: string }>;
}

export default async function ReceiptPage({ params }: ReceiptPageProps) {
  const { project: projectId, id } = await params;
  const { project } = await requireProject(projectId, "logs.view");
  const receipt = await findRequest({ projectId: project.id, id });
  if (!receipt) notFound();
  return <ReceiptView projectId={project.id} receipt={receipt} />;
}
