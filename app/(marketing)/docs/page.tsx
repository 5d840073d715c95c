import type { Metadata } from "next";
import { connection } from "next/server";
import { DocsView } from "@/components/docs/docs-view";
import { gatewayBaseUrl } from "@/components/shell/base-url";

export const metadata: Metadata = {
  title: "Docs",
  description: "Quickstart, authentication, modes, rules, limits, streaming, errors, rotation, management and hosting.",
};

export default async function DocsPage() {
  // The address is this installation's, which a build does not know.
  await connection();
  return <DocsView baseUrl={gatewayBaseUrl()} />;
}
