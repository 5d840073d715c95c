"use client";

import { ArrowLeft, ArrowRight, KeyRound, Plus, PowerOff, Search } from "lucide-react";
import { parseAsBoolean, useQueryState, useQueryStates } from "nuqs";
import { useState } from "react";
import { CreateKeyDialog } from "@/components/keys/create-key-dialog";
import { filterKeys, keyFilterParsers } from "@/components/keys/key-filters";
import type { KeyFormContext } from "@/components/keys/key-form";
import { KeysTable } from "@/components/keys/keys-table";
import { useShowSecret } from "@/components/keys/secret-shelf";
import { type Sort, sortKeys } from "@/components/keys/sort-keys";
import { useKeyCache, useKeyStatus, useKeys, useKeysStatus } from "@/components/keys/use-keys";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { SearchInput } from "@/components/ui/search-input";
import { Segmented } from "@/components/ui/segmented";
import { Select } from "@/components/ui/select";
import type { KeyView } from "@/lib/keys/key-view";

const ENVIRONMENTS = [
  { value: "all", label: "All" },
  { value: "live", label: "Live" },
  { value: "test", label: "Test" },
] as const;

const STATUSES = [
  { value: "all", label: "Any status" },
  { value: "active", label: "Active" },
  { value: "disabled", label: "Disabled" },
  { value: "expired", label: "Expired" },
  { value: "rotating", label: "Being rotated" },
] as const;
/** No more than can be disabled at once, and few enough to be drawn at once. */
const KEYS_A_PAGE = 25;

interface KeysViewProps {
  projectId: string;
  initialKeys: KeyView[];
  /** Calls of each of the last days, by key. */
  trends: Readonly<Record<string, readonly number[]>>;
  context: KeyFormContext;
  baseUrl: string;
  userId: string;
  may: { create: boolean; updateAny: boolean; updateOwn: boolean };
}

/** The keys page: search, table, making a key, and the secret that is shown once. */
export function KeysView({ projectId, initialKeys, trends, context, baseUrl, userId, may }: KeysViewProps) {
  const { data: keys, isError } = useKeys(projectId, initialKeys);
  const cache = useKeyCache(projectId);
  const setStatus = useKeyStatus(projectId);
  const [creating, setCreating] = useQueryState("create", parseAsBoolean.withDefault(false));
  const [filters, setFilters] = useQueryStates(keyFilterParsers);
  const [sort, setSort] = useState<Sort>({ by: "created", descending: true });
  const showSecret = useShowSecret();
  const show = (title: string, created: { key: KeyView; secret: string }) => {
    void cache.put(created.key);
    showSecret({ title, created, baseUrl, onDone: () => void cache.refresh() });
  };

  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState(false);
  const setSelectedStatus = useKeysStatus(projectId);

  const mayChange = (key: KeyView) => may.updateAny || (may.updateOwn && key.createdById === userId);
  const found = sortKeys(filterKeys(keys, filters), sort);
  const pages = Math.max(1, Math.ceil(found.length / KEYS_A_PAGE));
  const page = Math.min(Math.max(1, filters.page), pages);
  const shownKeys = found.slice((page - 1) * KEYS_A_PAGE, page * KEYS_A_PAGE);
  // What cannot be seen is not changed.
  const chosen = shownKeys.filter((key) => selected.has(key.id) && mayChange(key));
  const active = chosen.filter(({ status }) => status === "active");
  const chosenWords = (of: readonly KeyView[]) => (of.length === 1 ? "1 key" : `${of.length} keys`);
  const narrow = (change: Partial<typeof filters>) => void setFilters({ ...change, page: null });
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
          <SearchInput
            aria-label="Search keys"
            placeholder="Search by name or key"
            value={filters.q}
            onSearch={(q) => narrow({ q })}
            className="max-w-64"
          />
          <Segmented
            label="Environment"
            value={filters.environment}
            onChange={(environment) => narrow({ environment })}
            options={ENVIRONMENTS}
          />
          <Select
            aria-label="Status"
            value={filters.status}
            onChange={(status) => narrow({ status })}
            options={STATUSES}
            className="h-8 w-36 text-ui"
          />
          {chosen.length > 0 ? (
            <span className="ml-auto flex flex-wrap items-center gap-2">
              <span role="status" className="text-soft text-ui">
                {chosenWords(chosen)} selected
              </span>
              <Button size="sm" disabled={active.length === 0} onClick={() => setAsking(true)}>
                <PowerOff />
                Disable…
              </Button>
              <Button size="sm" variant="ghost" onClick={() => setSelected(new Set())}>
                Clear
              </Button>
            </span>
          ) : null}
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
            action={<Button onClick={() => void setFilters(null)}>Clear filters</Button>}
          >
            None of the {keys.length} keys of this project matches.
          </EmptyState>
        ) : (
          <KeysTable
            keys={shownKeys}
            trends={trends}
            context={context}
            selected={selected}
            onSelect={setSelected}
            sort={sort}
            onSort={setSort}
            mayChange={mayChange}
            onStatus={setStatus}
            onRotated={(rotated) => show("New secret", rotated)}
          />
        )}
      </Card>
      {pages > 1 ? (
        <nav aria-label="Pages of keys" className="mt-3 flex items-center justify-between gap-3">
          <p role="status" className="tabular text-soft text-ui">
            {(page - 1) * KEYS_A_PAGE + 1} to {(page - 1) * KEYS_A_PAGE + shownKeys.length} of {found.length}
          </p>
          <span className="flex gap-2">
            <Button size="sm" disabled={page === 1} onClick={() => void setFilters({ page: page - 1 })}>
              <ArrowLeft />
              Previous
            </Button>
            <Button size="sm" disabled={page === pages} onClick={() => void setFilters({ page: page + 1 })}>
              Next
              <ArrowRight />
            </Button>
          </span>
        </nav>
      ) : null}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Disable ${chosenWords(active)}?`}
        description={
          <>
            Calls with {active.length === 1 ? "it" : "them"} are refused from this moment on, until somebody enables{" "}
            {active.length === 1 ? "it" : "them"} again: {active.map(({ name }) => `“${name}”`).join(", ")}.
          </>
        }
        confirm={`Disable ${chosenWords(active)}`}
        onConfirm={async () => {
          const done = await setSelectedStatus(active, "inactive");
          if (done) setSelected(new Set());
          return done;
        }}
      />
      {may.create ? (
        <CreateKeyDialog
          context={context}
          open={creating}
          onOpenChange={(open) => void setCreating(open || null)}
          projectId={projectId}
          onCreated={(created) => {
            show("Your new key", created);
            void setCreating(null);
          }}
        />
      ) : null}
    </>
  );
}
