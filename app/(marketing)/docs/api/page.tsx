import type { Metadata } from "next";
import { connection } from "next/server";
import { readReference } from "@/components/docs/read-reference";
import { operationsOf, REFERENCE_GROUPS, referencePath } from "@/components/docs/reference-groups";
import { ReferenceIndex } from "@/components/docs/reference-view";
import { gatewayBaseUrl } from "@/components/shell/base-url";
import { openApiDocument } from "@/lib/edge/openapi";

export const metadata: Metadata = {
  title: "API reference",
  description: "Every call of the gateway and of the management API, with its fields, answers and errors.",
};

export default async function ReferencePage() {
  await connection();
  const operations = readReference(openApiDocument());
  return (
    <ReferenceIndex
      baseUrl={gatewayBaseUrl()}
      groups={REFERENCE_GROUPS.map((group) => ({
        group,
        href: referencePath(group),
        operations: operationsOf(group, operations),
      }))}
    />
  );
}
