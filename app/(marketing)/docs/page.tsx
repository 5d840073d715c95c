import type { Metadata } from "next";
import { connection } from "next/server";
import { DocsView } from "@/components/docs/docs-view";
import { gatewayBaseUrl } from "@/components/shell/base-url";

export const metadata: Metadata = {
  title: "Docs",
  description: "Quickstart, authentication, modes, limits, streaming, errors, idempotency and rotation.",
};

export default async function DocsPage() {
  // The address is this installation's, which a build does not know.
  await connection();
  return (
    <div className="mx-auto max-w-6xl px-5 py-10 sm:px-8">
      <DocsView baseUrl={gatewayBaseUrl()} />
    </div>
  );
}
