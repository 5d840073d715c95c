import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { connection } from "next/server";
import { readReference } from "@/components/docs/read-reference";
import { operationsOf, REFERENCE_GROUPS } from "@/components/docs/reference-groups";
import { ReferenceView } from "@/components/docs/reference-view";
import { gatewayBaseUrl } from "@/components/shell/base-url";
import { openApiDocument } from "@/lib/edge/openapi";

interface ReferenceGroupPageProps {
  params: Promise<{ group: string }>;
}

async function groupOf({ params }: ReferenceGroupPageProps) {
  const { group: id } = await params;
  return REFERENCE_GROUPS.find((group) => group.id === id) ?? notFound();
}

export async function generateMetadata(props: ReferenceGroupPageProps): Promise<Metadata> {
  const { title, description } = await groupOf(props);
  return { title: `${title}: API reference`, description };
}

export default async function ReferenceGroupPage(props: ReferenceGroupPageProps) {
  await connection();
  const group = await groupOf(props);
  return (
    <ReferenceView
      group={group}
      operations={operationsOf(group, readReference(openApiDocument()))}
      baseUrl={gatewayBaseUrl()}
    />
  );
}
