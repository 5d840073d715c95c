"use client";

import { ArrowLeft, ArrowRight, Download, History } from "lucide-react";
import { useQueryStates } from "nuqs";
import { useTransition } from "react";
import { ACTION_OPTIONS, OTHER_ACTOR_OPTIONS } from "@/components/audit/action-words";
import { type AuditFilters, auditFilterParsers, serializeAuditFilters } from "@/components/audit/audit-filters";
import { AuditTable } from "@/components/audit/audit-table";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { Input } from "@/components/ui/input";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import { PageHeader } from "@/components/ui/page-header";
import { Select } from "@/components/ui/select";
import type { TrailRow } from "@/lib/audit/list-trail";

/** Radix's select takes no empty value. */
const ANY = "any";
const NOTHING = { actor: "", action: "", from: "", to: "" } satisfies Partial<AuditFilters>;

interface AuditViewProps {
  projectId: string;
  organizationName: string;
  rows: TrailRow[];
  /** Where the next older page starts; null: there is none. */
  next: string | null;
  people: readonly { value: string; label: string }[];
  /** All keys, as an actor. */
  anyKey: string;
}

/** Who did what in the organisation: filters in the address, older pages, and the whole of it as a file. */
export function AuditView({ projectId, organizationName, rows, next, people, anyKey }: AuditViewProps) {
  const [pending, start] = useTransition();
  const [filters, setFilters] = useQueryStates(auditFilterParsers, { shallow: false, startTransition: start });
  const narrow = (change: Partial<AuditFilters>) => void setFilters({ ...change, before: null });
  const filtered = filters.actor !== "" || filters.action !== "" || filters.from !== "" || filters.to !== "";
  const known = (value: string, all: readonly { value: string; label: string }[]) =>
    value !== "" && !all.some((option) => option.value === value) ? [...all, { value, label: value }] : all;
  const file = (format: "csv" | "json") =>
    `${serializeAuditFilters(`/dashboard/${projectId}/audit/export`, { ...filters, before: "" })}${filtered ? "&" : "?"}format=${format}`;

  return (
    <>
      <PageHeader
        title="Audit"
        description={`Who changed what in ${organizationName}, and from where. Nothing here can be changed or removed.`}
        actions={
          <Menu>
            <MenuTrigger asChild>
              <Button variant="secondary">
                <Download />
                Export
              </Button>
            </MenuTrigger>
            <MenuContent align="end">
              <MenuItem asChild>
                <a href={file("csv")} download>
                  As CSV
                </a>
              </MenuItem>
              <MenuItem asChild>
                <a href={file("json")} download>
                  As JSON
                </a>
              </MenuItem>
            </MenuContent>
          </Menu>
        }
      />
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <Select
          aria-label="Who"
          value={filters.actor || ANY}
          onChange={(actor) => narrow({ actor: actor === ANY ? "" : actor })}
          options={known(filters.actor, [
            { value: ANY, label: "Anybody" },
            ...people,
            { value: anyKey, label: "API keys" },
            ...OTHER_ACTOR_OPTIONS,
          ])}
          className="h-8 w-44 text-ui"
        />
        <Select
          aria-label="Action"
          value={filters.action || ANY}
          onChange={(action) => narrow({ action: action === ANY ? "" : action })}
          options={known(filters.action, [{ value: ANY, label: "Any action" }, ...ACTION_OPTIONS])}
          className="h-8 w-44 text-ui"
        />
        <span className="flex items-center gap-1.5 text-faint text-ui">
          <Input
            type="date"
            aria-label="From day, UTC"
            value={filters.from}
            max={filters.to || undefined}
            onChange={(event) => narrow({ from: event.target.value })}
            className="h-8 w-36 px-2 text-ui"
          />
          to
          <Input
            type="date"
            aria-label="To day, UTC"
            value={filters.to}
            min={filters.from || undefined}
            onChange={(event) => narrow({ to: event.target.value })}
            className="h-8 w-36 px-2 text-ui"
          />
        </span>
        {filtered ? (
          <Button variant="ghost" size="sm" onClick={() => narrow(NOTHING)}>
            Clear filters
          </Button>
        ) : null}
      </div>
      <Card className={cn("overflow-hidden transition-opacity", pending && "opacity-60")} aria-busy={pending}>
        {rows.length > 0 ? (
          <AuditTable rows={rows} />
        ) : (
          <EmptyState
            icon={History}
            title="Nothing fits"
            action={<Button onClick={() => narrow(NOTHING)}>Clear filters</Button>}
          >
            Nothing in this organisation's trail matches these filters.
          </EmptyState>
        )}
      </Card>
      <nav aria-label="Pages of the trail" className="mt-3 flex items-center justify-between">
        {filters.before === "" ? (
          <span />
        ) : (
          <Button size="sm" onClick={() => void setFilters({ before: null }, { history: "push" })}>
            <ArrowLeft />
            Newest
          </Button>
        )}
        {next ? (
          <Button size="sm" onClick={() => void setFilters({ before: next }, { history: "push" })}>
            Older
            <ArrowRight />
          </Button>
        ) : null}
      </nav>
    </>
  );
}
