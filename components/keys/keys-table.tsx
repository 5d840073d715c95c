"use client";

import { ArrowDown, ArrowUp } from "lucide-react";
import { EnvironmentBadge } from "@/components/keys/environment-badge";
import { KeyMenu } from "@/components/keys/key-menu";
import { LimitBar } from "@/components/keys/limit-bar";
import { SORTS, type Sort } from "@/components/keys/sort-keys";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { RelativeTime } from "@/components/ui/relative-time";
import { Switch } from "@/components/ui/switch";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import type { KeyView } from "@/lib/keys/key-view";

interface KeysTableProps {
  keys: KeyView[];
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

function StatusText({ apiKey }: { apiKey: KeyView }) {
  if (apiKey.isExpired) return <Badge tone="bad">Expired</Badge>;
  return (
    <span className={cn("text-ui", apiKey.status === "active" ? "text-ink" : "text-faint")}>
      {apiKey.status === "active" ? "Active" : "Disabled"}
    </span>
  );
}

/** The keys of a project, each with its switch, its limit and what can be done with it. */
export function KeysTable({ keys, sort, onSort, mayChange, onStatus, onRotated }: KeysTableProps) {
  const head = { sort, onSort };
  return (
    <Table label="Keys">
      <TableHead>
        <tr>
          <SortHeader by="name" {...head} />
          <HeaderCell className="hidden sm:table-cell">Environment</HeaderCell>
          <HeaderCell className="hidden sm:table-cell">Status</HeaderCell>
          <SortHeader by="usage" {...head} className="hidden sm:table-cell" />
          <SortHeader by="lastUsed" {...head} className="hidden md:table-cell" />
          <HeaderCell className="hidden xl:table-cell">Expires</HeaderCell>
          <SortHeader by="created" {...head} className="hidden xl:table-cell" />
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
              <StatusText apiKey={key} />
            </span>
          );
          return (
            <Row key={key.id}>
              <Cell className="max-w-64">
                <div className="truncate font-medium" title={key.name}>
                  {key.name}
                </div>
                <div className="truncate font-mono text-faint text-xs">{key.preview}</div>
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
              <Cell className="hidden whitespace-nowrap text-soft xl:table-cell">
                {key.expiresAt ? <RelativeTime at={key.expiresAt} /> : <span className="text-faint">Never</span>}
              </Cell>
              <Cell className="hidden whitespace-nowrap text-soft xl:table-cell">
                <RelativeTime at={key.createdAt} />
              </Cell>
              <Cell className="w-10 text-right max-sm:align-top">
                <KeyMenu
                  apiKey={key}
                  mayChange={mayChange(key)}
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
