"use client";

import { KeyRound, Plus, Search } from "lucide-react";
import { parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryState, useQueryStates } from "nuqs";
import { useState } from "react";
import { CreateKeyDialog } from "@/components/keys/create-key-dialog";
import { KeysTable } from "@/components/keys/keys-table";
import { SecretDialog } from "@/components/keys/secret-dialog";
import { type Sort, sortKeys } from "@/components/keys/sort-keys";
import { useKeyCache, useKeyStatus, useKeys } from "@/components/keys/use-keys";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { Segmented } from "@/components/ui/segmented";
import type { KeyView } from "@/lib/keys/key-view";

const ENVIRONMENTS = [
  { value: "all", label: "All" },
  { value: "live", label: "Live" },
  { value: "test", label: "Test" },
] as const;

const filterParsers = {
  q: parseAsString.withDefault(""),
  environment: parseAsStringLiteral(["all", "live", "test"] as const).withDefault("all"),
};

interface KeysViewProps {
  projectId: string;
  initialKeys: KeyView[];
  baseUrl: string;
  userId: string;
  may: { create: boolean; updateAny: boolean; updateOwn: boolean };
}

/** The keys page: search, table, making a key, and the secret that is shown once. */
export function KeysView({ projectId, initialKeys, baseUrl, userId, may }: KeysViewProps) {
  const { data: keys, isError } = useKeys(projectId, initialKeys);
  const cache = useKeyCache(projectId);
  const setStatus = useKeyStatus(projectId);
  const [creating, setCreating] = useQueryState("create", parseAsBoolean.withDefault(false));
  const [filters, setFilters] = useQueryStates(filterParsers);
  const [sort, setSort] = useState<Sort>({ by: "created", descending: true });
  const [shown, setShown] = useState<{ title: string; created: { key: KeyView; secret: string } } | null>(null);

  const wanted = filters.q.trim().toLowerCase();
  const found = sortKeys(
    keys.filter(
      (key) =>
        (filters.environment === "all" || key.environment === filters.environment) &&
        (wanted === "" || key.name.toLowerCase().includes(wanted) || key.preview.toLowerCase().includes(wanted)),
    ),
    sort,
  );
  const createButton = (
    <Button variant="primary" onClick={() => void setCreating(true)}>
      <Plus />
      Create key
    </Button>
  );

  return (
    <>
      <PageHeader
        title="Keys"
        description="What your programs call the gateway with. A key that is switched off is refused from the next call on."
        actions={may.create && keys.length > 0 ? createButton : null}
      />
      {isError ? (
        <Notice tone="warning" className="mb-4">
          The list could not be refreshed just now; it shows what was last known.
        </Notice>
      ) : null}
      {keys.length > 0 ? (
        <div className="mb-3 flex flex-wrap items-center gap-2">
          <div className="relative w-full max-w-64">
            <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" aria-hidden />
            <Input
              type="search"
              aria-label="Search keys"
              placeholder="Search by name or key"
              value={filters.q}
              onChange={(event) => void setFilters({ q: event.target.value || null })}
              className="h-8 pl-8 text-ui"
            />
          </div>
          <Segmented
            label="Environment"
            value={filters.environment}
            onChange={(environment) => void setFilters({ environment })}
            options={ENVIRONMENTS}
          />
        </div>
      ) : null}
      <Card className="overflow-hidden">
        {keys.length === 0 ? (
          <EmptyState icon={KeyRound} title="No keys yet" action={may.create ? createButton : null}>
            A key names who is calling, and can carry a spend limit and an expiry of its own.
          </EmptyState>
        ) : found.length === 0 ? (
          <EmptyState
            icon={Search}
            title="No key fits"
            action={<Button onClick={() => void setFilters({ q: null, environment: null })}>Clear filters</Button>}
          >
            None of the {keys.length} keys of this project matches.
          </EmptyState>
        ) : (
          <KeysTable
            keys={found}
            sort={sort}
            onSort={setSort}
            mayChange={(key) => may.updateAny || (may.updateOwn && key.createdById === userId)}
            onStatus={setStatus}
            onRotated={(rotated) => {
              void cache.put(rotated.key);
              setShown({ title: "New secret", created: rotated });
            }}
          />
        )}
      </Card>
      {may.create ? (
        <CreateKeyDialog
          open={creating}
          onOpenChange={(open) => void setCreating(open || null)}
          projectId={projectId}
          onCreated={(created) => {
            void cache.put(created.key);
            void setCreating(null);
            setShown({ title: "Your new key", created });
          }}
        />
      ) : null}
      {shown ? (
        <SecretDialog
          title={shown.title}
          created={shown.created}
          baseUrl={baseUrl}
          onDone={() => {
            setShown(null);
            void cache.refresh();
          }}
        />
      ) : null}
    </>
  );
}
