"use client";

import { ArrowDown, ArrowUp } from "lucide-react";
import Link from "next/link";
import { EnvironmentBadge } from "@/components/keys/environment-badge";
import type { KeyFormContext } from "@/components/keys/key-form";
import { KeyMenu } from "@/components/keys/key-menu";
import { KeyStatusText } from "@/components/keys/key-status-text";
import { LimitBar } from "@/components/keys/limit-bar";
import { OldSecretText } from "@/components/keys/old-secret-text";
import { ScopesText } from "@/components/keys/scopes-text";
import { SORTS, type Sort } from "@/components/keys/sort-keys";
import { projectPath } from "@/components/shell/navigation";
import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/components/ui/cn";
import { RelativeTime } from "@/components/ui/relative-time";
import { Sparkline } from "@/components/ui/sparkline";
import { Switch } from "@/components/ui/switch";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import type { KeyView } from "@/lib/keys/key-view";

interface KeysTableProps {
  keys: KeyView[];
  /** Calls of each of the last days, by key; none of a key that was not called. */
  trends: Readonly<Record<string, readonly number[]>>;
  context: KeyFormContext;
  /** The ids of those that are ticked. */
  selected: ReadonlySet<string>;
  onSelect: (selected: Set<string>) => void;
  sort: Sort;
  onSort: (sort: Sort) => void;
  mayChange: (key: KeyView) => boolean;
  onStatus: (key: KeyView, status: KeyView["status"]) => void;
  onRotated: (rotated: { key: KeyView; secret: string }) => void;
}

interface SortHeaderProps {
  by: Sort["by"];
  sort: Sort;
  onSort: (sort: Sort) => void;
  className?: string;
}

function SortHeader({ by, sort, onSort, className }: SortHeaderProps) {
  const on = sort.by === by;
  const Arrow = sort.descending ? ArrowDown : ArrowUp;
  return (
    <HeaderCell className={className} aria-sort={on ? (sort.descending ? "descending" : "ascending") : "none"}>
      <button
        type="button"
        className={cn("inline-flex items-center gap-1 rounded hover:text-ink", on && "text-ink")}
        onClick={() => onSort({ by, descending: on ? !sort.descending : by !== "name" })}
      >
        {SORTS[by].label}
        {on ? <Arrow className="size-3" aria-hidden /> : null}
      </button>
    </HeaderCell>
  );
}

function Trend({ name, values }: { name: string; values: readonly number[] | undefined }) {
  const calls = (values ?? []).reduce((sum, value) => sum + value, 0);
  if (!values || calls === 0) return <span className="text-faint text-xs">No calls</span>;
  return <Sparkline values={values} label={`${name}: ${calls} calls in the last ${values.length} days`} />;
}

/** The keys of a project, each with its switch, its limit and what can be done with it. */
export function KeysTable({
  keys,
  trends,
  context,
  selected,
  onSelect,
  sort,
  onSort,
  mayChange,
  onStatus,
  onRotated,
}: KeysTableProps) {
  const selectable = keys.filter(mayChange);
  const isAllSelected = selectable.length > 0 && selectable.every(({ id }) => selected.has(id));
  const tick = (id: string, on: boolean) => {
    const next = new Set(selected);
    if (on) next.add(id);
    else next.delete(id);
    onSelect(next);
  };
  const head = { sort, onSort };
  return (
    <Table label="Keys">
      <TableHead>
        <tr>
          {selectable.length > 0 ? (
            <HeaderCell className="w-8">
              <Checkbox
                checked={isAllSelected}
                onChange={(on) => onSelect(new Set(on ? selectable.map(({ id }) => id) : []))}
              >
                <span className="sr-only">Select all keys</span>
              </Checkbox>
            </HeaderCell>
          ) : null}
          <SortHeader by="name" {...head} />
          <HeaderCell className="hidden sm:table-cell">Environment</HeaderCell>
          <HeaderCell className="hidden sm:table-cell">Status</HeaderCell>
          <SortHeader by="usage" {...head} className="hidden sm:table-cell" />
          <SortHeader by="lastUsed" {...head} className="hidden md:table-cell" />
          <HeaderCell className="hidden lg:table-cell">14 days</HeaderCell>
          <HeaderCell className="hidden xl:table-cell">Scopes</HeaderCell>
          <HeaderCell className="hidden xl:table-cell">Expires</HeaderCell>
          <SortHeader by="created" {...head} className="hidden min-[1400px]:table-cell" />
          <HeaderCell>
            <span className="sr-only">Actions</span>
          </HeaderCell>
        </tr>
      </TableHead>
      <tbody>
        {keys.map((key) => {
          const toggle = (
            <span className="inline-flex items-center gap-2">
              <Switch
                aria-label={`${key.name} is enabled`}
                checked={key.status === "active"}
                disabled={!mayChange(key)}
                onCheckedChange={(on) => onStatus(key, on ? "active" : "inactive")}
              />
              <KeyStatusText apiKey={key} />
            </span>
          );
          return (
            <Row key={key.id} className={cn(selected.has(key.id) && "bg-accent-wash/30")}>
              {selectable.length > 0 ? (
                <Cell className="w-8 max-sm:align-top">
                  {mayChange(key) ? (
                    <Checkbox checked={selected.has(key.id)} onChange={(on) => tick(key.id, on)}>
                      <span className="sr-only">Select {key.name}</span>
                    </Checkbox>
                  ) : null}
                </Cell>
              ) : null}
              <Cell className="max-w-64">
                <Link
                  href={projectPath(key.projectId, `/keys/${key.id}`)}
                  title={key.name}
                  className="block truncate rounded font-medium underline-offset-4 hover:underline"
                >
                  {key.name}
                </Link>
                <div className="truncate font-mono text-faint text-xs">{key.preview}</div>
                {key.oldSecret ? <OldSecretText oldSecret={key.oldSecret} /> : null}
                <div className="mt-2 grid gap-2 sm:hidden">
                  <LimitBar apiKey={key} />
                  <span className="flex items-center gap-3">
                    {toggle}
                    <EnvironmentBadge environment={key.environment} />
                  </span>
                </div>
              </Cell>
              <Cell className="hidden sm:table-cell">
                <EnvironmentBadge environment={key.environment} />
              </Cell>
              <Cell className="hidden sm:table-cell">{toggle}</Cell>
              <Cell className="hidden sm:table-cell">
                <LimitBar apiKey={key} />
              </Cell>
              <Cell className="hidden whitespace-nowrap text-soft md:table-cell">
                {key.lastUsedAt ? <RelativeTime at={key.lastUsedAt} /> : <span className="text-faint">Never</span>}
              </Cell>
              <Cell className="hidden lg:table-cell">
                <Trend name={key.name} values={trends[key.id]} />
              </Cell>
              <Cell className="hidden max-w-32 text-soft xl:table-cell">
                <ScopesText scopes={key.scopes} />
              </Cell>
              <Cell className="hidden whitespace-nowrap text-soft xl:table-cell">
                {key.expiresAt ? <RelativeTime at={key.expiresAt} /> : <span className="text-faint">Never</span>}
              </Cell>
              <Cell className="hidden whitespace-nowrap text-soft min-[1400px]:table-cell">
                <RelativeTime at={key.createdAt} />
              </Cell>
              <Cell className="w-10 text-right max-sm:align-top">
                <KeyMenu
                  apiKey={key}
                  mayChange={mayChange(key)}
                  context={context}
                  onStatus={(status) => onStatus(key, status)}
                  onRotated={onRotated}
                />
              </Cell>
            </Row>
          );
        })}
      </tbody>
    </Table>
  );
}
