import { ArrowLeft } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { CAPABILITY_WORDS, MODALITY_WORDS } from "@/components/catalog/capability-words";
import { OffersTable } from "@/components/catalog/offers-table";
import { SnippetTabs } from "@/components/keys/snippet-tabs";
import { Badge } from "@/components/ui/badge";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { CopyableText } from "@/components/ui/copy-button";
import { Fact, Facts } from "@/components/ui/facts";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import type { CatalogueEntry } from "@/lib/catalog/catalogue-entry";

const count = new Intl.NumberFormat("en-GB");

interface ModelViewProps {
  entry: CatalogueEntry;
  /** The address of the list. */
  base: string;
  baseUrl: string;
  apiKey: string;
  /** Whether the project on screen may call it; null where there is none. */
  access: { servedBy: readonly string[]; refusal: string | null } | null;
  /** At the right end of the head. */
  actions?: ReactNode;
}

function Names({ names }: { names: readonly string[] }) {
  return (
    <span className="flex flex-col items-end gap-1">
      {names.map((name) => (
        <code key={name} className="break-all font-mono text-xs">
          {name}
        </code>
      ))}
    </span>
  );
}

/** One model: what it takes and does, who serves it at which price, and how it is called. */
export function ModelView({ entry, base, baseUrl, apiKey, access, actions }: ModelViewProps) {
  return (
    <>
      <Link
        href={base}
        className="mb-3 inline-flex items-center gap-1.5 rounded text-soft text-ui transition-colors hover:text-ink"
      >
        <ArrowLeft className="size-3.5" aria-hidden />
        All models
      </Link>
      <PageHeader
        title={<span className="break-words">{entry.name}</span>}
        description={<CopyableText text={entry.id} what="model id" />}
        actions={actions}
      />
      <div className="grid gap-4">
        {access?.refusal ? (
          <Notice tone="warning" title="This project cannot call it">
            {access.refusal}
          </Notice>
        ) : null}
        <div className="grid items-start gap-4 lg:grid-cols-[1fr_1.2fr]">
          <Card>
            <CardHeader title="What it is" />
            <CardBody>
              <Facts>
                <Fact name="Made by">{entry.vendor}</Fact>
                <Fact name="Context window">{count.format(entry.contextWindow)} tokens</Fact>
                {entry.kind === "chat" ? (
                  <Fact name="Longest answer">{count.format(entry.maxOutput)} tokens</Fact>
                ) : null}
                <Fact name="Takes">{entry.input.map((modality) => MODALITY_WORDS[modality]).join(", ")}</Fact>
                <Fact name="Gives">
                  {entry.kind === "embedding"
                    ? "Embeddings"
                    : entry.output.map((modality) => MODALITY_WORDS[modality]).join(", ")}
                </Fact>
                {entry.capabilities.length > 0 ? (
                  <Fact name="Can do">
                    <span className="flex flex-wrap justify-end gap-1">
                      {entry.capabilities.map((capability) => (
                        <Badge key={capability}>{CAPABILITY_WORDS[capability]}</Badge>
                      ))}
                    </span>
                  </Fact>
                ) : null}
                {entry.snapshots.length > 0 ? (
                  <Fact name="Dated names">
                    <Names names={entry.snapshots} />
                  </Fact>
                ) : null}
                {entry.aliases.length > 0 ? (
                  <Fact name="Other names">
                    <Names names={entry.aliases} />
                  </Fact>
                ) : null}
              </Facts>
            </CardBody>
          </Card>
          <Card className="min-w-0">
            <CardHeader title="How it is called" description="With the client that you use already." />
            <CardBody>
              <SnippetTabs baseUrl={baseUrl} apiKey={apiKey} model={entry.id} kind={entry.kind} />
            </CardBody>
          </Card>
        </div>
        <Card className="overflow-hidden">
          <CardHeader
            title="Providers and prices"
            description="USD for a million tokens, in the order in which they are tried. A price for long prompts holds for the whole request."
          />
          <OffersTable entry={entry} servedBy={access?.servedBy ?? null} />
        </Card>
      </div>
    </>
  );
}
