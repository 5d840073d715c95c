import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { modelIdOf } from "@/components/catalog/model-path";
import { ModelView } from "@/components/catalog/model-view";
import { gatewayBaseUrl } from "@/components/shell/base-url";
import { Button } from "@/components/ui/button";
import { catalogueEntry } from "@/lib/catalog/catalogue-entry";
import { findCatalogued } from "@/lib/catalog/find-model";

interface ModelPageProps {
  params: Promise<{ model: string[] }>;
}

async function asked(params: ModelPageProps["params"]) {
  return findCatalogued(modelIdOf((await params).model) ?? "");
}

export async function generateMetadata({ params }: ModelPageProps): Promise<Metadata> {
  const model = await asked(params);
  return { title: model?.name ?? "Not found" };
}

export default async function ModelPage({ params }: ModelPageProps) {
  const model = await asked(params);
  if (!model) notFound();
  return (
    <div className="mx-auto max-w-6xl px-5 py-10 sm:px-8">
      <ModelView
        entry={catalogueEntry(model)}
        base="/models"
        baseUrl={gatewayBaseUrl()}
        apiKey="tp_live_…"
        access={null}
        actions={
          <Button asChild variant="primary">
            <Link href="/sign-up">Get a key</Link>
          </Button>
        }
      />
    </div>
  );
}
